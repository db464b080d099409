"""Fuzzes the SDP cores: `python -m tests.fuzz.fuzz_sdp --seconds 60 [--target offer]`."""

from tests.fuzz.harness import main
from tests.fuzz.sdp_checks import FRAGMENTS, OFFERS, check_fragment, check_offer


def fuzz_offer(data: bytes) -> None:
    """Bytes that are no text never reach the core; the HTTP layer turns them away."""
    check_offer(data.decode(errors="replace"))


def fuzz_fragment(data: bytes) -> None:
    check_fragment(data.decode(errors="replace"))


if __name__ == "__main__":
    main(
        {
            "offer": (fuzz_offer, [text.encode() for text in OFFERS]),
            "fragment": (fuzz_fragment, [text.encode() for text in FRAGMENTS]),
        },
        packages=["signaling"],
    )
