"""What a recording is, in words: kept broadcasts, their parts, who may see them.

A core: values only.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

RecordingId = NewType("RecordingId", str)


class Policy(StrEnum):
    """Whether a channel's broadcasts are recorded."""

    ALWAYS = "always"
    ASK = "ask"
    """When the owner says so, during the broadcast."""
    NEVER = "never"


class State(StrEnum):
    RECORDING = "recording"
    FINISHING = "finishing"
    """The files are being checked, repaired and measured."""
    READY = "ready"
    EMPTY = "empty"
    """Nothing came that could be kept."""
    REMOVED = "removed"
    """Nobody knows of it any more; some of its files may be left."""


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    """For whoever has its address."""
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of a channel's broadcasts. ``visibility`` is that of new recordings; ``keep_days`` 0 is for ever."""

    policy: Policy
    visibility: Visibility
    keep_days: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What an owner has decided of it; ``None`` for what they have not."""

    policy: Policy | None = None
    visibility: Visibility | None = None
    keep_days: int | None = None

    def or_else(self, default: Rules) -> Rules:
        return Rules(
            self.policy or default.policy,
            self.visibility or default.visibility,
            default.keep_days if self.keep_days is None else self.keep_days,
        )


class Stored(StrEnum):
    """Where the files of a finished recording are."""

    HERE = "here"
    """In the data directory of the process that wrote them."""
    MOVING = "moving"
    """Being copied to the store; still here."""
    STORE = "store"


class Part(msgspec.Struct, frozen=True):
    """One file. ``start_ms`` is on the broadcast's clock; sizes in bytes; ``sha256`` in hexadecimal."""

    number: int
    file: str
    start_ms: int
    duration_ms: int
    size_bytes: int
    video_codec: str | None
    audio_codec: str | None
    width: int | None
    height: int | None
    sha256: str
    codecs: str = ""
    """For a MIME type (RFC 6381), as exactly as the file says; empty for what was finished before that was kept."""

    @property
    def is_webm(self) -> bool:
        return self.file.endswith(".webm")

    @property
    def mime_type(self) -> str:
        """With codecs, as ``canPlayType`` is asked."""
        kind = "video" if self.video_codec is not None else "audio"
        codecs = self.codecs or ", ".join(filter(None, (self.video_codec, self.audio_codec))).lower()
        return f'{kind}/{"webm" if self.is_webm else "mp4"}; codecs="{codecs}"'


POSTER_NAME, STRIP_NAME, WAVEFORM_NAME = "poster.jpg", "strip.jpg", "waveform.bin"
STRIP_COLUMNS = 10


class Previews(msgspec.Struct, frozen=True):
    """``loudness_lufs`` is integrated over the whole recording, ``true_peak_db`` its highest (EBU R128, ITU-R BS.1770);
    ``None`` for silence. The strip has ``STRIP_COLUMNS`` pictures in a row, one every ``strip_interval_ms``.
    """

    poster: bool = False
    strip_pictures: int = 0
    strip_interval_ms: int = 0
    waveform: bool = False
    loudness_lufs: float | None = None
    true_peak_db: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    id: RecordingId
    channel_id: int
    broadcast_id: int | None
    broadcast_began_at: datetime
    started_at: datetime
    ended_at: datetime | None
    state: State
    visibility: Visibility
    trouble: str | None
    duration_ms: int
    size_bytes: int
    parts: tuple[Part, ...] = ()
    previews: Previews | None = None
    """Once they are made."""
    title: str = ""
    stored: Stored = Stored.HERE
    moved_bytes: int = 0
    store_trouble: str | None = None

    @property
    def begins_ms(self) -> int:
        """On the broadcast's clock."""
        return self.parts[0].start_ms if self.parts else 0

    def part(self, number: int) -> Part | None:
        return next((each for each in self.parts if each.number == number), None)

    @property
    def is_ready(self) -> bool:
        return self.state is State.READY

    @property
    def is_private(self) -> bool:
        return self.visibility is Visibility.PRIVATE
