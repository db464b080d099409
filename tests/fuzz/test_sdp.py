"""Whatever an offer or fragment says, only the documented errors leave, and answers fit their offers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_sdp import fuzz_fragment, fuzz_offer
from tests.fuzz.harness import run
from tests.fuzz.sdp_checks import FRAGMENTS, OFFERS, check_fragment, check_offer

_LINES = sorted({line for text in OFFERS for line in text.split("\r\n") if line})
_NAMES = ["rtpmap", "fmtp", "rtcp-fb", "extmap", "ssrc", "ssrc-group", "mid", "setup", "fingerprint", "group"]
_VALUE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_LINE = st.one_of(
    st.sampled_from(_LINES),
    st.builds("a={}:{}".format, st.sampled_from(_NAMES), _VALUE),
    st.builds(
        "m={} {} UDP/TLS/RTP/SAVPF {}".format, st.sampled_from(["audio", "video"]), st.integers(), _VALUE
    ),
    _VALUE,
)


@pytest.mark.parametrize("text", OFFERS)
def test_every_known_offer_gets_an_answer(text: str) -> None:
    assert check_offer(text) == 1


@settings(deadline=None)
@given(_VALUE)
def test_any_text(text: str) -> None:
    check_offer(text)
    check_fragment(text)


@settings(deadline=None)
@given(st.lists(_LINE, max_size=40))
def test_any_lines_after_a_right_start(lines: list[str]) -> None:
    check_offer("\r\n".join(["v=0", *lines]))
    check_fragment("\r\n".join(lines))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_known_offers_with_lines_exchanged(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(OFFERS)).split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(_LINE, max_size=2))
        if not lines:
            break
    check_offer("\r\n".join(lines))


@settings(max_examples=300, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["audio", "video", "application"]), min_size=1, max_size=4),
    directions=st.lists(
        st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]), min_size=4, max_size=4
    ),
    ports=st.lists(st.sampled_from([9, 9, 0]), min_size=4, max_size=4),
    bundled=st.sets(st.integers(0, 3)),
    setup=st.sampled_from(["actpass", "active", "passive", "holdconn", ""]),
    payload_types=st.lists(st.integers(0, 130), min_size=1, max_size=6),
    codec=st.sampled_from(["VP8/90000", "H264/90000", "opus/48000/2", "rtx/90000", "PCMU/8000"]),
)
def test_any_combination_of_sections(
    kinds: list[str],
    directions: list[str],
    ports: list[int],
    bundled: set[int],
    setup: str,
    payload_types: list[int],
    codec: str,
) -> None:
    lines = [
        "v=0",
        f"a=group:BUNDLE {' '.join(map(str, sorted(bundled)))}",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}",
        f"a=setup:{setup}",
    ]
    for mid, kind in enumerate(kinds):
        words = " ".join(map(str, payload_types))
        lines += [f"m={kind} {ports[mid]} UDP/TLS/RTP/SAVPF {words}", f"a=mid:{mid}", "a=rtcp-mux"]
        lines += [f"a={directions[mid]}", *(f"a=rtpmap:{number} {codec}" for number in payload_types)]
        lines += [f"a=fmtp:{number} apt={payload_types[0]}" for number in payload_types[1:]]
    check_offer("\r\n".join(lines))


def test_seeded_mutations_find_nothing() -> None:
    """A taste of `python -m tests.fuzz.fuzz_sdp`, the same each time."""
    assert run(fuzz_offer, [text.encode() for text in OFFERS], 1.0) > len(OFFERS)
    assert run(fuzz_fragment, [text.encode() for text in FRAGMENTS], 0.3) > len(FRAGMENTS)


def test_a_finding_leaves_with_its_input_kept(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))

    def target(data: bytes) -> None:
        if data != b"seed":
            raise KeyError("a parser's own error")

    with pytest.raises(KeyError) as caught:
        run(target, [b"seed"], 5.0)
    assert "build/fuzz/finding-" in caught.value.__notes__[0]
