"""One number as somebody typed it."""

from __future__ import annotations

import pytest

from outreach.core.phones import e164


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("06 39 98 00 01", "+33639980001"), ("+33 (0)4 65 71 00 08", "+33465710008"), ("+44 20 7946 0018", "+442079460018"),
        ("3639", None), ("poste 12", None), ("", None),
    ],
)  # fmt: skip
def test_what_can_be_dialled_from_anywhere(written, kept):
    assert e164(written) == kept
