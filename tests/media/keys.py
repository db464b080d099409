"""SRTP sessions with known keys, for both ends of a wire."""

from dataclasses import dataclass

import pylibsrtp

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


def session(direction: int, profile: Profile = GCM, seed: int = 0) -> pylibsrtp.Session:
    """A session as DTLS would key it; equal seeds give equal keys."""
    key = bytes((seed + index) % 256 for index in range(profile.key_bytes))
    policy = pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile.number)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return pylibsrtp.Session(policy)


def outbound(profile: Profile = GCM, seed: int = 0) -> OutboundSrtp:
    return OutboundSrtp(session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND, profile, seed), profile.tag_bytes)


def inbound(profile: Profile = GCM, seed: int = 0) -> InboundSrtp:
    return InboundSrtp(session(pylibsrtp.Policy.SSRC_ANY_INBOUND, profile, seed))
