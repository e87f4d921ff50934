"""The second factor: a code of six digits that changes every half minute (TOTP, RFC 6238); its secret is sealed at rest."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from outreach.core import clock
from outreach.core.secrets import sealing_key

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.models import Account

STEP = 30
LATE = 1
"""Steps that a clock may be away from ours, either way."""
OFFERED_SECONDS = 900
"""How long a new secret may be scanned and tried."""
HALFWAY_SECONDS = 300
"""How long the code may take after the password."""
ISSUER = "Médiation sortante"


def new_secret() -> str:
    """A new secret, in the letters that authenticator programs read."""
    return pyotp.random_base32()


def address_of(secret: str, account: Account) -> str:
    """What an authenticator program reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.code, issuer_name=ISSUER)


def accept(database: Database, account: Account, code: str) -> bool:
    """Whether a code is the account's, and newer than the last one used; it is used up."""
    if account.second_factor is None:
        return False
    try:
        secret = _box(database, "factor").decrypt(account.second_factor).decode()
    except InvalidToken:
        return False
    step = step_of(secret, code)
    if step is None or (account.factor_step is not None and step <= account.factor_step):
        return False
    account.factor_step = step
    return True


def seal(database: Database, secret: str) -> bytes:
    """A secret as it is kept."""
    return _box(database, "factor").encrypt(secret.encode())


def offer(database: Database, secret: str, account: int) -> str:
    """A new secret as its form carries it: nobody can choose another one, nor take one that somebody else was offered."""
    return _offers(database, account).encrypt_at_time(secret.encode(), int(clock.now().timestamp())).decode()


def offered(database: Database, kept: str, account: int) -> str | None:
    """The secret that was offered to an account; ``None`` for what we never offered it, or too long ago."""
    try:
        return _offers(database, account).decrypt_at_time(kept.encode(), OFFERED_SECONDS, int(clock.now().timestamp())).decode()
    except InvalidToken:
        return None


def halfway(database: Database, account: int) -> str:
    """What a browser keeps between password and code."""
    return _box(database, "halfway").encrypt_at_time(str(account).encode(), int(clock.now().timestamp())).decode()


def halfway_of(database: Database, kept: str) -> int | None:
    """Whose password was given, if not too long ago."""
    try:
        return int(_box(database, "halfway").decrypt_at_time(kept.encode(), HALFWAY_SECONDS, int(clock.now().timestamp())))
    except (InvalidToken, ValueError):
        return None


def step_of(secret: str, code: str) -> int | None:
    """The step of time of which a code of this secret is, if it is one of now."""
    given, present = code.replace(" ", ""), int(clock.now().timestamp()) // STEP
    codes = pyotp.TOTP(secret)
    steps = range(present - LATE, present + LATE + 1)
    return next((step for step in steps if hmac.compare_digest(codes.generate_otp(step).encode(), given.encode())), None)


def _offers(database: Database, account: int) -> Fernet:
    return _box(database, f"offer {account}")


def _box(database: Database, purpose: str) -> Fernet:
    """Each purpose has a key of its own, made from the installation's."""
    key = hmac.new(sealing_key(database).encode(), purpose.encode(), sha256).digest()
    return Fernet(urlsafe_b64encode(key))
