"""Whatever a publisher sends, nothing is raised on the way from packets to frames."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.harness import run
from tests.fuzz.recorder_checks import CODECS, check_frames, seeds_of

SECONDS = 0.5


@pytest.mark.parametrize("codec", CODECS)
@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(codec: str, data: bytes) -> None:
    check_frames(codec, data)


@pytest.mark.parametrize("codec", CODECS)
def test_seeded_mutations_of_real_frames_find_nothing(codec: str) -> None:
    seeds = seeds_of(codec)
    assert run(partial(check_frames, codec), seeds, SECONDS) > len(seeds)
