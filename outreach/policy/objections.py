"""Objections: one mark, hashed with a secret, that stops every channel and survives erasure."""

from __future__ import annotations

from hashlib import sha256

SQL_MARK = "encode(sha256(convert_to(:pepper || {identity}, 'UTF8')), 'hex')"
"""The same mark computed by PostgreSQL; ``{identity}`` is an SQL expression, ``:pepper`` the bound secret."""


def mark(identity: str, pepper: str) -> str:
    """The mark of an identity (a phone in E.164): a keyed hash, useless without the secret."""
    return sha256((pepper + identity).encode()).hexdigest()
