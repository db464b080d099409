"""What goes through the recorder: packets in, encoded frames out."""

from dataclasses import dataclass

from media.description import Kind


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of one source. `number` is its extended sequence number; `timestamp` is extended over wraps, in units
    of the codec's RTP clock. An empty payload is padding: it only fills its number.
    """

    number: int
    timestamp: int
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """What a decoder needs to know of a stream from one keyframe on.

    `parameters` is the codec's configuration as it goes into a file (H264: parameter sets with start codes; AV1: the
    sequence header). Two pictures that differ do not belong into one track of a file.
    """

    width: int
    height: int
    pixel_format: str = "yuv420p"
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a decoder needs to know of sound that does not say it itself, as Opus does. `parameters` is the codec's
    configuration as it goes into a file (AAC: the AudioSpecificConfig of ISO/IEC 14496-3).
    """

    rate_hz: int
    channels: int
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame, whole. `data` is as files have it: H264 with start codes, AV1 as OBUs with sizes, AAC without
    ADTS headers.

    `picture` is set for keyframes of video, and for them only; `sound` for every frame of AAC.
    """

    codec: str
    timestamp: int
    keyframe: bool
    data: bytes
    picture: Picture | None = None
    sound: Sound | None = None


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A frame and where it lies, in seconds since the broadcast began."""

    kind: Kind
    time_s: float
    frame: Frame
