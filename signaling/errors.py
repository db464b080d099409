"""What can go wrong in signaling, in words of the domain, with the HTTP status each maps to.

SignalingError
  +-- SdpError                the text of an offer or fragment; all that the cores raise
  |     +-- MalformedSdp, SdpTooLarge, ImpossibleOffer, NoCommonCodec
  +-- RequestError            the HTTP request around it
        +-- BodyTooLarge, BodyTooSlow, MediaTypeWrong, PreconditionMissing, PreconditionFailed,
            SessionNotFound, ChannelNotLive, TooManySessions, TooManyWrongKeys, ServerBusy
"""

from typing import ClassVar

from infra.errors import DomainError


class SignalingError(DomainError):
    """Base of this room's errors; the message is for the person who runs the client."""


class SdpError(SignalingError):
    """Base of everything that the SDP cores raise."""


class MalformedSdp(SdpError):
    """The text is not what its grammar asks for; the message names the line (from 1)."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The SDP is malformed"


class SdpTooLarge(SdpError):
    """The text passes a bound on size, line length, lines or media sections."""

    status: ClassVar[int] = 413
    title: ClassVar[str] = "The SDP is too large"


class ImpossibleOffer(SdpError):
    """The offer is well-formed, but lacks something without which no session can exist."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The offer cannot be answered"


class NoCommonCodec(SdpError):
    """No offered payload format can carry what has to be sent."""

    status: ClassVar[int] = 406
    title: ClassVar[str] = "There is no codec in common"


class RequestError(SignalingError):
    """Base of what is wrong with a request rather than with its SDP."""


class BodyTooLarge(RequestError):
    """The body passes its bound."""

    status: ClassVar[int] = 413
    title: ClassVar[str] = "The body is too large"


class BodyTooSlow(RequestError):
    """The body did not arrive in time."""

    status: ClassVar[int] = 408
    title: ClassVar[str] = "The body did not arrive in time"


class MediaTypeWrong(RequestError):
    """The body has another content type than the resource takes."""

    status: ClassVar[int] = 415
    title: ClassVar[str] = "The content type is not supported"


class PreconditionMissing(RequestError):
    """A PATCH without `If-Match` (RFC 9725 section 4.3.1)."""

    status: ClassVar[int] = 428
    title: ClassVar[str] = "If-Match is needed"


class PreconditionFailed(RequestError):
    """The entity tag is that of an ICE session which a restart has replaced."""

    status: ClassVar[int] = 412
    title: ClassVar[str] = "The ICE session is not the current one"


class SessionNotFound(RequestError):
    """The session never existed at this URL, or has ended."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such session"


class ChannelNotLive(RequestError):
    """The channel exists, but nobody publishes to it now."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel is not live"


class TooManySessions(RequestError):
    """One client address holds as many sessions as it may."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "Too many sessions"


class TooManyWrongKeys(RequestError):
    """One client address has tried too many wrong stream keys."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "Too many wrong stream keys"


class ServerBusy(RequestError):
    """As many peers as the server bears are connecting at this moment."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many peers are connecting"
