"""Settings, read from the environment only (``OUTREACH_*``); secrets never come from a file of ours."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

SYSTEM_HOME = Path("/var/lib/outreach")


def default_home() -> Path:
    """Where data lives: the user's data folder, or ``/var/lib/outreach`` for root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return SYSTEM_HOME
    from platformdirs import user_data_path

    return user_data_path("outreach")


def default_campaigns() -> Path:
    """The folder of campaigns where one stands, else the two that come with the installed package."""
    here = Path("campaigns")
    return here if here.is_dir() else Path(sys.prefix) / "share" / "outreach" / "campaigns"


class Settings(BaseSettings):
    """Every setting of the engine; what stands under each is what docs/settings.md says of it (``core/described.py``)."""

    model_config = SettingsConfigDict(env_prefix="OUTREACH_", extra="ignore", use_attribute_docstrings=True)

    home: Path = Field(default_factory=default_home)
    """Where the embedded database, the inbox and the remembered register (`matching`) live."""
    database_url: SecretStr | None = None
    """A PostgreSQL server (15 or newer), as the application's role. On another machine, with its `sslmode`."""
    database_owner_url: SecretStr | None = None
    """The same server as the owner of the tables, for migrations."""
    database_name: str = "outreach"
    """The database in the embedded server."""
    language: Literal["fr", "en"] = "fr"
    """`fr` or `en`: what is said on the command line. What partners and the public are given stays French."""
    campaigns: Path = Field(default_factory=default_campaigns)
    """Folder of the campaigns that the demo plays."""
    output: Path = Path("out")
    """Folder of letters, sheets and summaries."""
    user: str = Field(default_factory=lambda: os.environ.get("USER", "operator"))
    """Who is written in the audit trail."""
    twilio_account_sid: str | None = None
    """The account that sends SMS."""
    twilio_auth_token: SecretStr | None = None
    """The account's token."""
    twilio_api_url: str | None = None
    """Another address of the same API (a peer on loopback)."""
    sms_sender: str | None = None
    """The number or name that SMS come from when `outreach sending sender` named none."""
    public_url: str | None = None
    """The address at which our web server is seen from outside: providers call back there, QR codes lead there."""
    sms_price: Decimal = Field(default=Decimal("0.07"), ge=0)
    """What one part of an SMS costs, in euros, for estimates before a launch."""
    approval_above: int = Field(default=500, ge=0)
    """How many people a campaign may contact before a second person must approve its rehearsal."""
    letter_window: str | None = None
    """The window of the envelope on the sheet: x, y, width, height in millimetres."""
    print_folder: Path | None = None
    """The folder of the print house, where sealed runs are dropped."""
    print_sftp: str | None = None
    """Or its SFTP server, `sftp://user@host:port/folder`."""
    print_sftp_key: Path | None = None
    """Our key file there."""
    print_sftp_password: SecretStr | None = None
    """Or our password."""
    print_sftp_host_key: str | None = None
    """That server's public key, without which nothing is handed over."""
    inbox_quiet_seconds: float = Field(default=60, ge=0)
    """How long nobody may have written to a dropped file before it is taken."""
    inbox_keep_days: int = Field(default=30, ge=1)
    """How long handled files of the inbox are kept, and those that wait for an answer."""
    embedded_fsync: bool = True
    """`false` only for tests."""
    log: Literal["text", "json"] = "text"
    """`text` or `json`: what is logged, on standard error ([monitoring](operations/monitoring.md))."""
    metrics_token: SecretStr | None = None
    """Who has it may read `/metrics`."""
    objection_pepper: SecretStr | None = None
    """The secret of marks, by which phones are found and objections heeded ([keys](operations/keys.md))."""
    sealing_key: SecretStr | None = None
    """The secret that seals second factors at rest."""
    field_key: SecretStr | None = None
    """The secret that seals words about people at rest ([keys](operations/keys.md))."""
    field_keys_before: SecretStr | None = None
    """Earlier ones, apart by spaces, while the key changes."""
    backup_key: SecretStr | None = None
    """The secret that backups are sealed with, 20 characters or more ([backup](operations/backup.md))."""
    backup_days: int = Field(default=2, ge=0)
    """After how many days without a backup it is said; `0`: backups are made by other means."""
    hosts: int = Field(default=1, ge=1, le=16)
    """How many hosts share dispatch and track: read by `outreach setup` ([several hosts](operations/several-hosts.md))."""
    installation: str | None = Field(default=None, pattern=r"^[\w.-]{1,40}$")
    """The name of this installation (`live`, `staging`): a database that was confirmed under another one sends nothing."""
    osrm_url: str | None = None
    """A routing server (OSRM) for the travel times of rounds, `http://host:5000`."""
    matching_engine: Literal["duckdb", "spark"] = "duckdb"
    """`duckdb` or `spark`: where pairs of rows are found and compared ([Spark](operations/spark.md))."""
    spark_remote: str | None = None
    """The Spark Connect server, `sc://host:15002`."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process (read once; tests call ``settings.cache_clear()``).

    Raises ``OutreachError`` that names the first variable with a value it cannot have.
    """
    try:
        return Settings()
    except ValidationError as error:
        mistake = error.errors()[0]
        raise OutreachError(
            _("ce réglage ne convient pas ({reason})").format(reason=mistake["msg"]),
            place=f"OUTREACH_{str(mistake['loc'][0]).upper()}",
            mend=_("Voyez docs/settings.md."),
        ) from None
