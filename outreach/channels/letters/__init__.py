"""Letters: addresses by NF Z 10-011, merged print runs by typst, manifests without personal data."""

from outreach.channels.letters.address import address_block
from outreach.channels.letters.letter import Letter, Side
from outreach.channels.letters.render import Rendered, manifest, render_letters

__all__ = ["Letter", "Rendered", "Side", "address_block", "manifest", "render_letters"]
