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
    """Every setting of the engine; docs/settings.md explains each."""

    model_config = SettingsConfigDict(env_prefix="OUTREACH_", extra="ignore")

    home: Path = Field(default_factory=default_home)
    database_url: SecretStr | None = None
    database_owner_url: SecretStr | None = None
    database_name: str = "outreach"
    language: Literal["fr", "en"] = "fr"
    campaigns: Path = Field(default_factory=default_campaigns)
    output: Path = Path("out")
    user: str = Field(default_factory=lambda: os.environ.get("USER", "operator"))
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_api_url: str | None = None
    sms_sender: str | None = None
    public_url: str | None = None
    sms_price: Decimal = Field(default=Decimal("0.07"), ge=0)
    approval_above: int = Field(default=500, ge=0)
    letter_window: str | None = None
    print_folder: Path | None = None
    print_sftp: str | None = None
    print_sftp_key: Path | None = None
    print_sftp_password: SecretStr | None = None
    print_sftp_host_key: str | None = None
    inbox_quiet_seconds: float = Field(default=60, ge=0)
    inbox_keep_days: int = Field(default=30, ge=1)
    embedded_fsync: bool = True
    log: Literal["text", "json"] = "text"
    metrics_token: SecretStr | None = None
    objection_pepper: SecretStr | None = None
    sealing_key: SecretStr | None = None
    field_key: SecretStr | None = None
    field_keys_before: SecretStr | None = None
    backup_key: SecretStr | None = None
    backup_days: int = Field(default=2, ge=0)
    hosts: int = Field(default=1, ge=1, le=16)
    installation: str | None = Field(default=None, pattern=r"^[\w.-]{1,40}$")
    osrm_url: str | None = None
    matching_engine: Literal["duckdb", "spark"] = "duckdb"
    spark_remote: str | None = None


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
