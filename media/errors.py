"""What can go wrong in the media plane, in words of the domain."""


class MediaError(Exception):
    """Base of every error that leaves this package."""


class MalformedPacket(MediaError):
    """A datagram is not what its first byte claims (STUN, RTP or RTCP)."""


class UnknownSession(MediaError):
    """No session has this id: it never existed, or it has ended."""


class NotLive(MediaError):
    """The channel has no publisher at the moment."""


class UnsupportedCodec(MediaError):
    """The viewer can decode none of the codecs that are published."""


class TooManySessions(MediaError):
    """The bound on connecting peers is reached; worth trying again soon."""


class DtlsFailed(MediaError):
    """The DTLS handshake did not lead to SRTP keys."""
