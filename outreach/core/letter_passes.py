"""What the square of a letter holds: the letter's code, and the proof that whoever shows it had the letter in hand.

A code is made of its case's number: who has one letter could work out those of all others, and refuse for them. The proof is a
keyed hash of the code; its key is made from the secret of marks, which outlives backups, as letters in the post have to.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from outreach.core.letter_codes import LETTERS, PLACES, PROOF, plain_code
from outreach.core.marks import pepper

PURPOSE = b"letter pass|"


def pass_of(code: str) -> str:
    """The pass of a letter with this code, such as K7M2QX-4FJ3WWPA. Raises ``DatabaseError`` as ``marks.pepper`` does."""
    return f"{code}-{_proof(code)}"


def sample_pass(code: str) -> str:
    """A pass as long as any, which proves nothing: for letters that are only looked at."""
    return f"{code}-{LETTERS[0] * PROOF}"


def shown_code(written: str) -> str | None:
    """The code of the letter that a pass proves; ``None`` for what proves nothing, a code alone among it."""
    told = plain_code(written)
    code, proof = told[:PLACES], told[PLACES:]
    return code if hmac.compare_digest(proof.encode(), _proof(code).encode()) else None


def _proof(code: str) -> str:
    number = int.from_bytes(hmac.digest(pepper().encode(), PURPOSE + code.encode(), sha256))
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(PROOF))
