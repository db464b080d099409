"""The private seams of aiortc and pylibsrtp we stand on. A failure here means: read the new version before
raising the pin.
"""

import inspect

import pylibsrtp
from aiortc import rtcdtlstransport

from media.srtp import protect_in_place


def test_aiortc_dtls_transport_still_has_the_seams_we_override() -> None:
    transport = rtcdtlstransport.RTCDtlsTransport
    for name in (
        "_do_handshake",
        "_setup_srtp",
        "_set_role",
        "_set_state",
        "_write_ssl",
        "_recv_next",
        "_validate_peer_identity",
    ):
        assert callable(getattr(transport, name)), name
    source = inspect.getsource(transport)
    for attribute in (
        "self._ssl",
        "self._rx_srtp",
        "self._tx_srtp",
        "self._srtp_profiles",
        "self.encrypted",
        "self.transport._recv()",
    ):
        assert attribute in source, attribute


def test_aiortc_certificate_builds_its_context_in_one_method() -> None:
    signature = inspect.signature(rtcdtlstransport.RTCCertificate._create_ssl_context)
    assert list(signature.parameters) == ["self", "srtp_profiles"]


def test_pylibsrtp_session_exposes_its_pointer_and_protects_in_place() -> None:
    from pylibsrtp._binding import ffi

    key = bytes(range(28))
    policy = pylibsrtp.Policy(
        key=key,
        ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    packet = bytes.fromhex("8060000100000000000004d2") + b"harmonie"
    expected = pylibsrtp.Session(policy).protect(packet)
    session = pylibsrtp.Session(policy)
    memory = ffi.new("char[]", 64)
    ffi.memmove(memory, packet, len(packet))
    length = ffi.new("int *", len(packet))
    assert protect_in_place(session._srtp[0], memory, length) == 0
    assert ffi.buffer(memory, length[0])[:] == expected
