"""Whatever bytes arrive, only the documented error leaves the media parsers, and none leaves the plane."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_media import fuzz_from
from tests.fuzz.harness import run
from tests.fuzz.media_checks import (
    PUBLISHER,
    RTP_SEEDS,
    STRANGER,
    STUN_SEEDS,
    TRANSPORT_FEEDBACK_SEEDS,
    VIEWER,
    PlaneUnderFire,
    binding_request,
    check_keyframes,
    check_rtcp,
    check_rtp,
    check_stun,
    check_transport_feedback,
    rtcp_seeds,
)

SECONDS = 0.5
PARSERS = {
    "stun": (check_stun, STUN_SEEDS),
    "rtp": (check_rtp, RTP_SEEDS),
    "rtcp": (check_rtcp, rtcp_seeds()),
    "keyframes": (check_keyframes, tuple(seed[12:] for seed in RTP_SEEDS)),
    "transport_feedback": (check_transport_feedback, TRANSPORT_FEEDBACK_SEEDS),
}


@pytest.fixture(scope="module")
def plane() -> Iterator[PlaneUnderFire]:
    subject = PlaneUnderFire()
    yield subject
    subject.close()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for check, _ in PARSERS.values():
        check(data)


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 3))
def test_any_bytes_after_a_right_start(data: bytes, version_bits: int) -> None:
    check_rtp(bytes((0x80 | version_bits << 4,)) + data)
    check_rtcp(b"\x81\xcd" + (len(data) // 4).to_bytes(2, "big") + data)
    body = data[: len(data) // 4 * 4]
    check_stun(b"\x00\x01" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + body)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=200), address=st.sampled_from([PUBLISHER, VIEWER, STRANGER]))
def test_any_datagram_from_anybody(plane: PlaneUnderFire, data: bytes, address: tuple[str, int]) -> None:
    plane.feed(data, address)


@pytest.mark.parametrize("name", PARSERS)
def test_seeded_mutations_of_real_packets_find_nothing(name: str) -> None:
    check, seeds = PARSERS[name]
    assert run(check, seeds, SECONDS) > len(seeds)


@pytest.mark.parametrize("peer", ["publisher", "viewer", "stranger"])
def test_seeded_mutations_find_nothing_in_the_plane(plane: PlaneUnderFire, peer: str) -> None:
    address, seeds = {
        "publisher": (PUBLISHER, RTP_SEEDS + rtcp_seeds()),
        "viewer": (VIEWER, RTP_SEEDS + rtcp_seeds(plane.ssrc)),
        "stranger": (STRANGER, (binding_request(plane.ufrag, plane.pwd), *STUN_SEEDS, *RTP_SEEDS)),
    }[peer]
    assert run(fuzz_from(plane, address), seeds, SECONDS) > len(seeds)
