"""SRTP sessions: what one end protects the other accepts, once, and nothing else."""

import pytest

from media import rtcp, rtp
from media.srtp import MAX_DATAGRAM_BYTES, MAX_SSRCS, SrtpError
from tests.media.keys import PROFILES, Profile, inbound, outbound

profiles = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


def packet(sequence: int = 1, ssrc: int = 7, payload: bytes = b"sound") -> bytes:
    return rtp.header(111, False, sequence, 0, ssrc) + payload


@profiles
def test_a_protected_packet_is_accepted_once(profile: Profile) -> None:
    sender, receiver = outbound(profile), inbound(profile)
    protected = sender.protect(packet())
    assert len(protected) == len(packet()) + profile.tag_bytes
    assert receiver.unprotect(protected) == packet()
    with pytest.raises(SrtpError):
        receiver.unprotect(protected)


@profiles
def test_protected_reports_are_accepted(profile: Profile) -> None:
    sender, receiver = outbound(profile), inbound(profile)
    for _ in range(3):
        assert receiver.unprotect_rtcp(sender.protect_rtcp(rtcp.goodbye([7]))) == rtcp.goodbye([7])


@profiles
def test_a_changed_packet_and_one_of_another_key_are_refused(profile: Profile) -> None:
    protected = outbound(profile).protect(packet())
    for position in range(len(protected)):
        changed = bytearray(protected)
        changed[position] ^= 1
        with pytest.raises(SrtpError):
            inbound(profile).unprotect(bytes(changed))
    with pytest.raises(SrtpError):
        inbound(profile, seed=1).unprotect(protected)


@pytest.mark.parametrize("size", [0, 1, 11, 12, 20, MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1, 65_507])
def test_a_datagram_of_any_size_is_refused_and_nothing_worse(size: int) -> None:
    datagram = (b"\x80\x60" + bytes(size))[:size]
    with pytest.raises(SrtpError):
        inbound().unprotect(datagram)
    with pytest.raises(SrtpError):
        inbound().unprotect_rtcp(datagram)


def test_a_packet_larger_than_any_network_allows_is_still_protected() -> None:
    assert len(outbound().protect(packet(payload=bytes(5000)))) == 12 + 5000 + 16


def test_one_peer_cannot_make_the_server_keep_state_for_any_number_of_sources() -> None:
    """An anonymous viewer has keys too; the cost of a packet grew with every source it made up."""
    sender, receiver = outbound(native=False), inbound()
    for ssrc in range(MAX_SSRCS):
        receiver.unprotect(sender.protect(packet(ssrc=ssrc)))
    with pytest.raises(SrtpError):
        receiver.unprotect(sender.protect(packet(ssrc=MAX_SSRCS)))
    with pytest.raises(SrtpError):
        receiver.unprotect_rtcp(sender.protect_rtcp(rtcp.goodbye([MAX_SSRCS])))
    assert receiver.unprotect(sender.protect(packet(sequence=2, ssrc=3))) == packet(sequence=2, ssrc=3)


def test_a_forged_source_takes_no_place_of_a_real_one() -> None:
    sender, receiver = outbound(), inbound()
    for ssrc in range(100, 100 + 2 * MAX_SSRCS):
        with pytest.raises(SrtpError):
            receiver.unprotect(outbound(seed=9).protect(packet(ssrc=ssrc)))
    assert receiver.unprotect(sender.protect(packet())) == packet()
