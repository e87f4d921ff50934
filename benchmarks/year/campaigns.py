"""The forty campaigns of the year: one of each list, of three kinds, cut from the campaign that ships with the engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from year.places import Place, definitions
from year.shape import Shape

KINDS = ("arrears", "news", "news", "rights", "news", "arrears", "news", "rights", "arrears", "news")
"""Of each ten lists: arrears (a letter, an SMS, calls, a visit to the urgent), news by SMS, and rights by phone."""
PARTNERS = {"arrears": "energy", "news": "post", "rights": "state"}
CADENCES: dict[str, list[dict[str, Any]]] = {
    "arrears": [
        {"code": "letter", "channel": "letter", "days_after_previous": 0},
        {"code": "sms", "channel": "sms", "days_after_previous": 7},
        {"code": "call", "channel": "call", "days_after_previous": 2, "attempts": 3, "days_between_attempts": 3},
        {"code": "visit", "channel": "visit", "days_after_previous": 3, "attempts": 2, "days_between_attempts": 7, "priorities_up_to": 3},
    ],
    "news": [
        {"code": "sms", "channel": "sms", "days_after_previous": 0},
        {"code": "letter", "channel": "letter", "days_after_previous": 0, "instead_of": "sms"},
        {"code": "call", "channel": "call", "days_after_previous": 3, "attempts": 4, "days_between_attempts": 3},
    ],
    "rights": [
        {"code": "call", "channel": "call", "days_after_previous": 0, "attempts": 4, "days_between_attempts": 3},
        {"code": "letter", "channel": "letter", "days_after_previous": 2, "instead_of": "call"},
    ],
}  # fmt: skip
FIRST_DAYS = 15
"""Working days in which a list's first letters, or first SMS, leave."""


def kind_of(number: int) -> str:
    """The kind of the campaign of a list."""
    return KINDS[number % len(KINDS)]


def folder_of(shape: Shape, number: int, sites: list[Place], rows: int, pattern: Any, *, a_day: int = 0) -> Any:
    """The campaign of one list. ``pattern``: the folder that it is cut from; ``a_day``: letters, and SMS, of one day."""
    begins = shape.starts[number]
    kind = kind_of(number)
    most = a_day or max(20, rows // FIRST_DAYS)
    region = [place for place in sites if place.region == shape.region(number)]
    campaign = pattern.campaign.model_dump(mode="json") | {
        "code": f"list-{number:02d}", "name": f"Liste {number}", "unit": "household" if kind == "arrears" else "person",
        "starts_on": begins.isoformat(), "ends_on": shape.ends(begins).isoformat(), "cadence": CADENCES[kind], "returns": [], "measure": {},
        "waves": {"count": 3, "days_apart": 7} if shape.season > 3 else {"count": 1}, "sites": definitions(shape, region),
        "capacity": pattern.campaign.capacity.model_dump(mode="json") | {
            "letters_per_day": most, "sms_per_day": most,
        },
    }  # fmt: skip
    partner = shape.partner(number)
    agreement = pattern.agreement.model_dump(mode="json") | {
        "code": f"agreement-{number:02d}", "valid_from": date(2026, 9, 1).isoformat(), "valid_to": date(2028, 8, 31).isoformat(),
        "partner": {"code": f"partner-{partner}", "name": f"Partenaire {partner}", "kind": PARTNERS[kind]},
        "association": pattern.agreement.association.model_dump(mode="json") | {
            "code": f"association-{region[0].association}", "name": f"PIMMS {region[0].city}",
        },
    }  # fmt: skip
    return type(pattern)(
        type(pattern.campaign).model_validate(campaign), type(pattern.agreement).model_validate(agreement), pattern.messages
    )


def pattern() -> Any:
    """The campaign that ships with the engine."""
    from outreach.definitions.loader import read_folder

    return read_folder(Path("campaigns/energy-arrears"))
