"""Our own SRTP with AES-GCM, against libsrtp's: the same bytes for the same packets, whatever came before."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.native import gcm, library
from media.srtp import OutboundSrtp, SrtpError
from tests.media.keys import PROFILES, inbound, outbound

GCM_PROFILES = ["AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]
NEEDS_GCM = pytest.mark.skipif(gcm.open_gcm() is None, reason="not compiled, or no libcrypto")


def packet(
    sequence: int, *, ssrc: int = 7, sources: int = 0, extension: int = -1, payload: bytes = b"music"
) -> bytes:
    """An RTP packet (RFC 3550 section 5.1) with so many contributing sources, and words of extension if not -1."""
    first = 0x80 | sources | (0x10 if extension >= 0 else 0)
    header = struct.pack("!BBHII", first, 96, sequence & 0xFFFF, 90_000, ssrc) + bytes(range(4 * sources))
    if extension >= 0:
        header += struct.pack("!HH", 0xBEDE, extension) + bytes(4 * extension)
    return header + payload


def both(profile: str) -> tuple[OutboundSrtp, OutboundSrtp]:
    ours = outbound(PROFILES[profile])
    theirs = outbound(PROFILES[profile], native=False)
    assert ours.address != theirs.address
    return ours, theirs


def protected(srtp: OutboundSrtp, data: bytes) -> bytes | None:
    try:
        return srtp.protect(data)
    except SrtpError:
        return None


PACKETS = st.builds(
    packet,
    st.integers(0, 0xFFFF),
    ssrc=st.integers(1, 3),
    sources=st.integers(0, 15),
    extension=st.integers(-1, 8),
    payload=st.binary(max_size=200),
)


@NEEDS_GCM
@pytest.mark.parametrize("profile", GCM_PROFILES)
@given(sent=st.lists(PACKETS, max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_packets_in_any_order_are_protected_as_by_libsrtp(profile: str, sent: list[bytes]) -> None:
    ours, theirs = both(profile)
    for data in sent:
        assert protected(ours, data) == protected(theirs, data)


@NEEDS_GCM
@given(steps=st.lists(st.integers(-1_500, 40_000), min_size=1, max_size=40), start=st.integers(0, 0xFFFF))
@settings(max_examples=100, deadline=None)
def test_numbers_that_wrap_around_and_come_again_are_those_of_libsrtp(steps: list[int], start: int) -> None:
    ours, theirs = both(GCM_PROFILES[0])
    number = start
    for step in steps:
        number += step
        assert protected(ours, packet(number)) == protected(theirs, packet(number)), number


@NEEDS_GCM
@pytest.mark.parametrize("profile", GCM_PROFILES)
def test_a_receiver_follows_over_two_turns_with_packets_sent_again(profile: str) -> None:
    ours, receiver = outbound(PROFILES[profile]), inbound(PROFILES[profile])
    for number in range(65_000, 65_000 + 140_000, 300):
        assert receiver.unprotect(ours.protect(packet(number))) == packet(number)
        again = ours.protect(packet(number - 600))
        if number >= 65_600:
            with pytest.raises(SrtpError, match="replay"):  # authentic, and there already
                receiver.unprotect(again)


@NEEDS_GCM
def test_the_same_packet_again_is_the_same_to_the_last_byte() -> None:
    ours = outbound()
    first = ours.protect(packet(100))
    ours.protect(packet(700))
    assert ours.protect(packet(100)) == first


@NEEDS_GCM
def test_a_packet_from_long_before_is_refused_and_harms_nothing() -> None:
    ours, theirs = both(GCM_PROFILES[0])
    for srtp in (ours, theirs):
        srtp.protect(packet(5_000))
        with pytest.raises(SrtpError, match="too old"):
            srtp.protect(packet(5_000 - 1_024))
    assert ours.protect(packet(5_000 - 1_023)) == theirs.protect(packet(5_000 - 1_023))
    assert ours.protect(packet(5_001)) == theirs.protect(packet(5_001))


@NEEDS_GCM
@pytest.mark.parametrize(
    "data",
    [
        b"",
        packet(1)[:11],
        b"\x40" + packet(1)[1:],  # version 1
        packet(1, sources=15, payload=b"")[:-1],
        packet(1, extension=0, payload=b"")[:-1],
        packet(1, extension=3, payload=b"")[:-1],
        packet(1)[:12].replace(b"\x80", b"\x90", 1) + b"\xbe\xde\xff\xff",
    ],
)
def test_what_is_no_rtp_packet_is_refused(data: bytes) -> None:
    with pytest.raises(SrtpError):
        outbound().protect(data)


@NEEDS_GCM
def test_more_streams_than_a_peer_is_ever_sent_are_refused_and_harm_nothing() -> None:
    ours, theirs = both(GCM_PROFILES[0])
    for ssrc in range(16):
        assert ours.protect(packet(1, ssrc=ssrc)) == theirs.protect(packet(1, ssrc=ssrc))
    with pytest.raises(SrtpError):
        ours.protect(packet(1, ssrc=16))
    assert ours.protect(packet(2, ssrc=15)) == theirs.protect(packet(2, ssrc=15))


def test_without_the_library_or_libcrypto_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    find = gcm.open_gcm.__wrapped__
    with monkeypatch.context() as without:
        without.setattr(library, "library_path", lambda: None)
        assert find() is None
    monkeypatch.setattr(gcm, "_NAMES", ("libno-crypto.so.0",))
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    assert find() is None
