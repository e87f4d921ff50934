"""Names for comparing: without case, accents, hyphens and apostrophes. The same in Python and in SQL."""

from __future__ import annotations

import unicodedata

SQL_PLAIN = "translate(lower({0}), 'àâäáãåéèêëîïíìôöóòõùûüúçñ-''’', 'aaaaaaeeeeiiiiooooouuuucn   ')"
"""PostgreSQL has no unaccent of its own; these letters are those of French and of its neighbours."""


def plain_name(written: str) -> str:
    """Small letters without accents, words apart by one space."""
    apart = unicodedata.normalize("NFKD", written.lower())
    return " ".join("".join(sign if sign.isalnum() else " " for sign in apart if not unicodedata.combining(sign)).split())
