"""What a player or a CDN is told when it cannot have what it asks for."""

from typing import ClassVar

from ..errors import RecorderError


class HlsError(RecorderError):
    """Base of what is said here."""


class NotStreaming(HlsError):
    """The channel is not live, or HLS is off."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no live stream"


class PieceNotFound(HlsError):
    """There is no such playlist, segment or part (any more)."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such piece of the stream"


class AbsurdRequest(HlsError):
    """A blocking request for what is not going to be soon (RFC 8216bis section 6.2.5.2)."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "There is nothing like that to wait for"


class StreamLate(HlsError):
    """What was waited for did not come."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The stream is late"


class StreamStopped(HlsError):
    """HLS of this broadcast could not go on. The broadcast itself does."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "HLS has stopped"


class TooManyWaiting(HlsError):
    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many requests are waiting"
