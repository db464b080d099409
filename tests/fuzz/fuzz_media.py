"""Fuzzes the media parsers and the plane: `python -m tests.fuzz.fuzz_media --seconds 60 [--target rtcp]`."""

from collections.abc import Callable

from media.ice import Address
from tests.fuzz.harness import main
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


def fuzz_from(plane: PlaneUnderFire, address: Address) -> Callable[[bytes], None]:
    """A target that is a peer of the plane."""
    return lambda data: plane.feed(data, address)


def fuzz_everything() -> None:
    plane = PlaneUnderFire()
    seeds = RTP_SEEDS + rtcp_seeds()
    try:
        main(
            {
                "stun": (check_stun, STUN_SEEDS),
                "rtp": (check_rtp, RTP_SEEDS),
                "rtcp": (check_rtcp, rtcp_seeds()),
                "keyframes": (check_keyframes, [seed[12:] for seed in RTP_SEEDS]),
                "transport_feedback": (check_transport_feedback, TRANSPORT_FEEDBACK_SEEDS),
                "publisher": (fuzz_from(plane, PUBLISHER), seeds),
                "viewer": (fuzz_from(plane, VIEWER), RTP_SEEDS + rtcp_seeds(plane.ssrc)),
                "stranger": (
                    fuzz_from(plane, STRANGER),
                    (
                        binding_request(plane.ufrag, plane.pwd),
                        *STUN_SEEDS,
                        *seeds,
                        b"\x16\xfe\xfd" + bytes(20),
                    ),
                ),
            },
            packages=["media"],
        )
    finally:
        plane.close()


if __name__ == "__main__":
    fuzz_everything()
