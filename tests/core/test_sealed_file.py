"""A sealed stream: whole, in its order, of its key, or nothing of it is believed."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from outreach.core import sealed_file
from outreach.core.sealed_file import MAGIC, Sealer, SealError, is_sealed, open_line, unsealed

KEY = "a key that is long enough"


def sealed(content, told=None):
    out = io.BytesIO()
    sealer = Sealer(out, KEY, told or {"of": "test"})
    for start in range(0, len(content), 700):
        sealer.write(content[start : start + 700])
    sealer.close()
    return out.getvalue()


def opened(written, key=KEY):
    return b"".join(unsealed(io.BytesIO(written), key))


def records(written):
    """The line, and each record with its length."""
    line, _newline, rest = written.partition(b"\n")
    found = []
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        found.append(rest[:length])
        rest = rest[length:]
    return line + b"\n", found


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(sealed_file, "CHUNK", 1000)


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2000, 5500])
def test_what_was_sealed_comes_back(small, size):
    content = os.urandom(size)
    written = sealed(content)
    assert opened(written) == content
    assert is_sealed(io.BytesIO(written))
    assert open_line(io.BytesIO(written))["of"] == "test"
    assert size < 32 or content[:32] not in written


def test_each_record_has_its_place(small):
    line, found = records(sealed(os.urandom(3500)))
    assert len(found) == 4
    others = {
        "cut off after a record": line + b"".join(found[:-1]),
        "cut off in a record": line + b"".join(found)[:-5],
        "cut off in a length": line + b"".join(found[:2]) + found[2][:2],
        "nothing but the line": line,
        "without the first": line + b"".join(found[1:]),
        "without one": line + b"".join(found[:1] + found[2:]),
        "exchanged": line + b"".join([found[1], found[0], *found[2:]]),
        "twice": line + b"".join([*found[:3], found[2], found[3]]),
        "more after the last": line + b"".join([*found, found[-1]]),
        "another line": line.replace(b"test", b"best") + b"".join(found),
    }
    for what, written in others.items():
        with pytest.raises(SealError):
            opened(written)
        assert what


def test_a_record_of_another_file_is_not_taken(small):
    content = os.urandom(2500)
    line, mine = records(sealed(content))
    _line, theirs = records(sealed(content))
    with pytest.raises(SealError):
        opened(line + mine[0] + theirs[1] + mine[2])


def test_another_key_is_told_as_such():
    with pytest.raises(SealError, match="OUTREACH_BACKUP_KEY"):
        opened(sealed(b"content"), "another key that is long enough")


@property_settings(max_examples=40)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_single_bit_is_noticed(place, bit):
    written = bytearray(sealed(b"x" * 300))
    written[place % len(written)] ^= 1 << bit
    with pytest.raises(SealError):
        opened(bytes(written))


def test_what_is_no_such_file_is_told():
    for content in (b"", b"PGDMP whatever", MAGIC + b"no json\n", MAGIC + b"[]\n", MAGIC + b'{"of": 1}\n'):
        with pytest.raises(SealError):
            opened(content)
