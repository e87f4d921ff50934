"""Letters: addresses by NF Z 10-011, merged print runs by typst, manifests without personal data."""

from outreach.channels.letters.address import address_block
from outreach.channels.letters.render import Letter, Rendered, manifest, render_letters

__all__ = ["Letter", "Rendered", "address_block", "manifest", "render_letters"]
