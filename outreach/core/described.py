"""The table of settings in docs/settings.md, made from the code: ``python -m outreach.core.described docs/settings.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from outreach.core.settings import Settings

BEGIN, END = "<!-- from the code: make docs -->", "<!-- end -->"
HEAD = "| variable | meaning | default |\n| --- | --- | --- |\n"
DEFAULTS = {
    "home": "`~/.local/share/outreach`; root: `/var/lib/outreach`",
    "database_url": "the embedded one",
    "database_owner_url": "as above",
    "campaigns": "`campaigns`, else the two that come with the package",
    "user": "the login name",
    "twilio_account_sid": "none: SMS are refused",
    "twilio_auth_token": "none: SMS are refused",
    "twilio_api_url": "Twilio's",
    "sms_sender": "none",
    "public_url": "none: results are read from the provider's list",
    "letter_window": "`100,55,90,24`",
    "print_folder": "none",
    "print_sftp": "none",
    "print_sftp_key": "none",
    "print_sftp_password": "none",
    "print_sftp_host_key": "none",
    "metrics_token": "none: nobody",
    "objection_pepper": "generated with the embedded database",
    "sealing_key": "generated with the embedded database",
    "field_key": "generated with the embedded database",
    "field_keys_before": "none",
    "backup_key": "generated with the embedded database",
    "installation": "none",
    "osrm_url": "none: straight lines with a detour",
    "spark_remote": "none: `spark` refuses to run",
}
"""What stands for a default that is no plain value."""
BY_ASSOCIATION = (
    "| `OUTREACH_OIDC_SECRET_<ASSOCIATION>` | Our secret at the identity provider of an association (its code in capitals, hyphens as"
    " underscores). | none: a public client with PKCE |\n"
)


def settings_table() -> str:
    """One line a setting, in the order of the code."""
    lines = [_line(name) for name in Settings.model_fields]
    return HEAD + "".join(lines) + BY_ASSOCIATION


def written_into(page: str) -> str:
    """A page with the table between its two marks."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{settings_table()}{END}{after}"


def _line(name: str) -> str:
    field = Settings.model_fields[name]
    meaning = (field.description or "").strip()
    default = DEFAULTS.get(name) or (
        "none"
        if field.default is None
        else f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
    )
    return f"| `OUTREACH_{name.upper()}` | {meaning} | {default} |\n"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written_into(file.read_text(encoding="utf-8")), encoding="utf-8")
