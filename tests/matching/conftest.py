"""Settings shared by the tests of the matching room."""

import pytest

from outreach.matching.session import MatchSettings


@pytest.fixture
def small_chunks():
    """Many chunks, little memory, one thread: the hardest way through."""
    return MatchSettings(chunk_rows=400, memory_limit="200MB", threads=1)
