"""SRTP sessions with known keys, for both ends of a wire."""

from dataclasses import dataclass

import pylibsrtp

from media.native.gcm import open_gcm
from media.srtp import InboundSrtp, OutboundSrtp


@dataclass(frozen=True)
class Profile:
    """A protection profile: libsrtp's number, the bytes of key and salt, and what it adds to a packet."""

    number: int
    key_bytes: int
    tag_bytes: int


PROFILES = {
    "AEAD_AES_128_GCM": Profile(pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28, 16),
    "AEAD_AES_256_GCM": Profile(pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44, 16),
    "AES128_CM_SHA1_80": Profile(pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30, 10),
}
GCM = PROFILES["AEAD_AES_128_GCM"]


def master_key(profile: Profile = GCM, seed: int = 0) -> bytes:
    """Key and salt; equal seeds give equal ones."""
    return bytes((seed + index) % 256 for index in range(profile.key_bytes))


def session(direction: int, profile: Profile = GCM, seed: int = 0) -> pylibsrtp.Session:
    """A session as DTLS would key it."""
    policy = pylibsrtp.Policy(key=master_key(profile, seed), ssrc_type=direction, srtp_profile=profile.number)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return pylibsrtp.Session(policy)


def outbound(profile: Profile = GCM, seed: int = 0, *, native: bool = True) -> OutboundSrtp:
    """As it is after a handshake; `native=False`: as it is without our own AES-GCM."""
    library = open_gcm() if native and profile.tag_bytes == GCM.tag_bytes else None
    return OutboundSrtp(
        session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND, profile, seed),
        profile.tag_bytes,
        None if library is None else library.sender(master_key(profile, seed)),
    )


def inbound(profile: Profile = GCM, seed: int = 0) -> InboundSrtp:
    return InboundSrtp(session(pylibsrtp.Policy.SSRC_ANY_INBOUND, profile, seed))
