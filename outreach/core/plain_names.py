"""Names for comparing: without case, accents, hyphens and apostrophes; in SQL for the letters of French and its neighbours."""

from __future__ import annotations

import unicodedata

SQL_PLAIN = "translate(lower({0}), 'àâäáãåéèêëîïíìôöóòõùûüúçñ-''’', 'aaaaaaeeeeiiiiooooouuuucn   ')"
"""PostgreSQL has no unaccent of its own."""
SQL_NAME_WORDS = "outreach_name_words({0}.given_name, {0}.family_name)"
"""The words of a person's name, for searching by their beginnings; ``{0}``: the table's name. Indexed (migration 0018)."""
SQL_ADDRESS_WORDS = "outreach_address_words({0}.house_number, {0}.street, {0}.place, {0}.city)"
"""The words of a building's address, likewise."""


def plain_name(written: str) -> str:
    """Small letters without accents, words apart by one space."""
    apart = unicodedata.normalize("NFKD", written.lower())
    return " ".join("".join(sign if sign.isalnum() else " " for sign in apart if not unicodedata.combining(sign)).split())
