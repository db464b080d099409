"""Trickle ICE fragments (RFC 8840)."""

import pytest

from media.description import DtlsRole, HostCandidate, LocalPeer
from signaling.errors import MalformedSdp, SdpTooLarge
from signaling.sdpfrag import parse_fragment, restart_answer

LOCAL = LocalPeer("s", "ourUfrag", "ourPasswordOfTwentyTwo", DtlsRole.SERVER, 1)


def test_candidates_are_counted_whatever_their_transport_and_address() -> None:
    fragment = parse_fragment(
        "a=ice-ufrag:EsAw\r\n"
        "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
        "a=mid:0\r\n"
        "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n"
        "a=candidate:2 1 TCP 1518280447 2001:db8::7 9 typ host tcptype active\r\n"
        "a=candidate:3 1 udp 1 5c0a91e3.local 5 typ srflx raddr 0.0.0.0 rport 0\r\n"
        "a=end-of-candidates\r\n"
    )
    assert (fragment.ice_ufrag, fragment.ice_pwd) == ("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert fragment.candidates == 3
    assert fragment.end_of_candidates
    assert (fragment.media_line, fragment.mid) == ("audio 9 UDP/TLS/RTP/SAVPF 0", "0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\n",
        "a=candidate:1 1 udp\r\n",
        "a=candidate:1 1 udp x 192.0.2.1 1 typ host\r\n",
        "a=ice-ufrag:abcd\r\n",
        "a=ice-pwd:0123456789012345678901\r\n",
        "a=ice-ufrag:a b c\r\na=ice-pwd:0123456789012345678901\r\n",
        "a=ice-ufrag:abc\r\na=ice-pwd:0123456789012345678901\r\n",
        "a=ice-ufrag:abcd\r\na=ice-pwd:012345678901234567890\r\n",
        "a=ice-ufrag:abcd\r\na=ice-ufrag:abce\r\na=ice-pwd:0123456789012345678901\r\n",
    ],
)
def test_what_is_no_fragment_is_malformed(text: str) -> None:
    with pytest.raises(MalformedSdp):
        parse_fragment(text)


def test_a_fragment_that_is_too_long_is_not_read() -> None:
    with pytest.raises(SdpTooLarge):
        parse_fragment("a=x\r\n" * 2_001)


def test_a_restart_is_answered_in_the_section_it_came_in() -> None:
    fragment = parse_fragment(
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:0\na=ice-ufrag:ysXw\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\n"
    )
    assert restart_answer(fragment, LOCAL, [HostCandidate("192.0.2.1", 8189)]).split("\r\n") == [
        "a=ice-lite",
        "a=ice-options:trickle ice2",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "a=mid:0",
        "a=ice-ufrag:ourUfrag",
        "a=ice-pwd:ourPasswordOfTwentyTwo",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8189 typ host",
        "a=end-of-candidates",
        "",
    ]


def test_a_restart_without_a_section_is_answered_with_credentials_alone() -> None:
    fragment = parse_fragment("a=ice-ufrag:ysXw\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\n")
    assert restart_answer(fragment, LOCAL, [HostCandidate("192.0.2.1", 8189)]) == (
        "a=ice-lite\r\n"
        "a=ice-options:trickle ice2\r\n"
        "a=ice-ufrag:ourUfrag\r\n"
        "a=ice-pwd:ourPasswordOfTwentyTwo\r\n"
    )
