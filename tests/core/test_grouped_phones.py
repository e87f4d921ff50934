"""A phone number as people read it, and as it is kept."""

from __future__ import annotations

import pytest

from outreach.core.phones import e164, grouped_phone


@pytest.mark.parametrize(
    ("written", "kept", "read"),
    [
        ("06.39.98.12.34", "+33639981234", "06 39 98 12 34"), ("+33 1 99 00 12 34", "+33199001234", "01 99 00 12 34"),
        ("0034 912 34 56 78", "+34912345678", "+34 912 34 56 78"), ("3639", None, "3639"), ("rappeler", None, "rappeler"),
    ],
)  # fmt: skip
def test_a_number_is_kept_and_read(written, kept, read):
    assert e164(written) == kept
    assert grouped_phone(kept or written) == read
