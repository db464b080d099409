"""What can go wrong in the recorder: in its cores, and for who asks it for something."""

from typing import ClassVar

from infra.errors import DomainError


class MalformedPayload(Exception):
    """A payload does not hold what its format says. The frame it belongs to cannot be had."""


class RecorderError(DomainError):
    """Base of what a caller is told."""


class RecordingNotFound(RecorderError):
    """There is no such recording, or no such part of it."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such recording"


class NothingToRecord(RecorderError):
    """The channel is not live here."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel is not live"


class RecordingUnderWay(RecorderError):
    """Not before the recording has ended and its files are finished."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The recording is not finished"


class RecordingOff(RecorderError):
    """The channel's owner has said never."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This channel is never recorded"


class RecordingsFull(RecorderError):
    """The channel's recordings take all the room they may have."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is no room for another recording"


class AddressEnded(RecorderError):
    """It is not signed, or not by this server, or too long ago."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "This address does not hold any more"


class RangeUnsatisfiable(RecorderError):
    """``Content-Range`` tells how long the file is (RFC 9110 section 15.5.17)."""

    status: ClassVar[int] = 416
    title: ClassVar[str] = "The file has no such bytes"


class FileChanged(RecorderError):
    """The request was for another file than the one that is there."""

    status: ClassVar[int] = 412
    title: ClassVar[str] = "This is another file"


class FileOutOfReach(RecorderError):
    """The store does not answer, or not as it should."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The recording cannot be read now"
