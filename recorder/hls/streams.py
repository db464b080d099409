"""The streams of this process as HLS: begun when somebody wants one, ended when nobody does."""

import asyncio
import secrets
import shutil
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

import structlog

from ..link import RecorderLink
from ..plane import TappedPlane
from ..transcode.events import TracksMade, TracksPlanned, TranscoderTrouble, Transcoding, Trouble
from ..wire import Closed, Stopped, WantKeyframe
from .audience import Audience
from .errors import NotStreaming, StreamStopped
from .events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from .status import Encoder, HlsStatus
from .stream import HlsStream
from .writer import Event, OpenHls

DIRECTORY = "hls"
IDLE_S = 60.0
"""A stream that was made because somebody asked ends so long after the last one did."""
KEEP_OVER_S = 60.0
"""What has ended can be played to its end for so long."""
RETRY_AFTER_S = 30.0
"""Where HLS has stopped by an error it is not begun again sooner."""
MAX_DEATHS = 3
DEATHS_WITHIN_S = 30.0
_HOUSEKEEPING_S = 1.0

_log = structlog.get_logger("hls")


class Mode(StrEnum):
    """When HLS of a broadcast is made."""

    ON_DEMAND = "on-demand"
    ALWAYS = "always"
    OFF = "off"


@dataclass(slots=True)
class HlsStats:
    """What is counted; `streams`, `viewers` and `waiting` are of now."""

    streams: int = 0
    viewers: int = 0
    waiting: int = 0
    playlists_out: int = 0
    playlists_rendered: int = 0
    pieces_out: int = 0
    bytes_out: int = 0
    parts_written: int = 0
    refused: int = 0
    stopped: int = 0
    restarts: int = 0
    tracks_encoded: int = 0
    """Of now."""
    encoder_dropped_groups: int = 0
    encoder_restarts: int = 0


class HlsStreams:
    """``run`` is the background task. ``viewers_per_address``: how many are counted of one network."""

    def __init__(
        self,
        plane: TappedPlane,
        *,
        mode: Mode,
        data_dir: Path,
        window_s: float,
        max_bytes: int,
        keep_free_bytes: int,
        transcoding: Transcoding | None = None,
        viewers_per_address: int = 64,
        idle_s: float = IDLE_S,
    ) -> None:
        self.stats = HlsStats()
        self._plane = plane
        self._mode = mode
        self._directory = data_dir / DIRECTORY
        self._window_s = window_s
        self._max_bytes = max_bytes
        self._keep_free_bytes = keep_free_bytes
        self._transcoding = transcoding
        self._viewers_per_address = viewers_per_address
        self.idle_s = idle_s
        self._link: RecorderLink[Event] = RecorderLink(
            "recorder.hls.worker",
            Event,  # type: ignore[arg-type]  # a union is a type to msgspec
            self._heard,
            self._lost,
        )
        self._live: dict[str, HlsStream] = {}
        """By channel, while it is being written."""
        self._by_id: dict[str, HlsStream] = {}
        self._by_number: dict[int, HlsStream] = {}
        self._last_number = 0

    @property
    def process_id(self) -> int | None:
        """Of the process that writes, if there is one."""
        return self._link.process_id

    @property
    def enabled(self) -> bool:
        return self._mode is not Mode.OFF

    # The life of streams

    async def clean(self) -> None:
        """Removes what an earlier process has left."""
        await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)

    async def run(self) -> None:
        """Begins and ends streams until it is cancelled."""
        unsubscribe = self._plane.subscribe(self._live_changed)
        try:
            while True:
                await asyncio.sleep(_HOUSEKEEPING_S)
                await self._keep_house()
        finally:
            unsubscribe()

    async def stop(self) -> None:
        """Ends every stream; their files go."""
        for stream in list(self._live.values()):
            self._end(stream)
        await self._link.stop()
        await self.clean()

    def _live_changed(self, name: str) -> None:
        if self._mode is Mode.ALWAYS and self._plane.get(name) is not None and name not in self._live:
            try:
                self._begin(name)
            except OSError as error:
                _log.error("hls_not_begun", channel=name, error=str(error))

    def _begin(self, name: str) -> HlsStream:
        """Raises ``NotStreaming``, ``OSError``."""
        state = self._plane.get(name)
        if state is None or not self.enabled:
            raise NotStreaming(
                "the channel is not live" if self.enabled else "this server has HLS switched off"
            )
        self._last_number += 1
        loop = asyncio.get_running_loop()
        stream_id = secrets.token_hex(6)
        directory = self._directory / stream_id
        directory.mkdir(parents=True)
        stream = HlsStream(
            name,
            self._last_number,
            state.started_at_s,
            loop.time() - (time.time() - state.started_at_s),
            loop.time,
            lambda: self._end(stream),
            stream_id=stream_id,
            directory=directory,
            window_s=self._window_s,
            max_bytes=self._max_bytes,
            audience=Audience(self._viewers_per_address),
        )
        self._link.open(
            stream.number,
            OpenHls(str(directory), self._keep_free_bytes, self._transcoding),
            stream.queue,
        )
        stream.release = self._plane.tap(name, stream)
        self._live[name] = self._by_id[stream_id] = self._by_number[stream.number] = stream
        self._plane.request_keyframe(name)
        self.stats.streams = len(self._live)
        _log.info("hls_began", channel=name, stream=stream_id)
        return stream

    def _end(self, stream: HlsStream) -> None:
        """Nothing more comes of this broadcast, or nobody wants it."""
        if stream.ending:
            return
        stream.ending = True
        stream.release()
        if self._live.get(stream.name) is stream:
            del self._live[stream.name]
        self._plane.watched_elsewhere(stream.name, 0)
        self.stats.streams = len(self._live)
        self._count_viewers()
        self.stats.tracks_encoded = sum(len(each.made) for each in self._live.values())
        self._link.close(stream.number)
        _log.info("hls_ended", channel=stream.name, stream=stream.id)

    def _heard(self, number: int, event: Event) -> None:
        stream = self._by_number.get(number)
        if stream is None:
            return
        match event:
            case TracksBegun() | InitWritten() | PartWritten() | SegmentWritten():
                self.stats.parts_written += isinstance(event, PartWritten)
                stream.heard(event)
            case TracksPlanned(tracks):
                stream.planned = {each.name: each for each in tracks}
            case TracksMade(names):
                stream.made = names
                self.stats.tracks_encoded = sum(len(each.made) for each in self._live.values())
                _log.info("hls_encoding", channel=stream.name, tracks=list(names))
            case TranscoderTrouble(what, detail):
                self._transcoder_trouble(stream, what, detail)
            case WantKeyframe():
                self._plane.request_keyframe(stream.name)
            case Stopped(reason, detail):
                self._stopped(stream, reason, detail)
            case Closed():
                del self._by_number[number]
                stream.end(asyncio.get_running_loop().time())

    def _transcoder_trouble(self, stream: HlsStream, what: Trouble, detail: str) -> None:
        match what:
            case Trouble.FELL_BEHIND:
                self.stats.encoder_dropped_groups += 1
                stream.encoder_troubled(Encoder.BEHIND)
            case Trouble.DIED:
                self.stats.encoder_restarts += 1
                stream.encoder_troubled(Encoder.FAILING)
            case Trouble.BROKEN:
                stream.encoder_troubled(Encoder.FAILING)
            case _:
                assert_never(what)
        _log.warning("hls_encoder", channel=stream.name, what=what.value, detail=detail)

    def _stopped(self, stream: HlsStream, reason: str, detail: str) -> None:
        stream.trouble = stream.trouble or reason
        self.stats.stopped += 1
        _log.error("hls_stopped", channel=stream.name, reason=reason, detail=detail)
        self._end(stream)

    def _lost(self, numbers: list[int]) -> None:
        """The process died: another one goes on, after a discontinuity."""
        now_s = asyncio.get_running_loop().time()
        for number in numbers:
            stream = self._by_number.get(number)
            if stream is None:
                continue
            resumed = stream.interrupted()
            stream.deaths = [at_s for at_s in stream.deaths if now_s - at_s < DEATHS_WITHIN_S] + [now_s]
            if not stream.ending and len(stream.deaths) < MAX_DEATHS:
                self.stats.restarts += 1
                command = OpenHls(
                    str(stream.directory),
                    self._keep_free_bytes,
                    self._transcoding,
                    resumed,
                )
                try:
                    self._link.open(number, command, stream.queue)
                    self._plane.request_keyframe(stream.name)
                    continue
                except OSError as error:
                    self._stopped(stream, "failed", str(error))
            elif not stream.ending:
                self._stopped(stream, "failed", "its process died again and again")
            del self._by_number[number]
            stream.end(now_s)

    async def _keep_house(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for stream in list(self._by_id.values()):
            wanted = self._mode is Mode.ALWAYS or now_s - stream.asked_at_s < self.idle_s
            if not stream.ending and not wanted:
                stream.unwanted = True
                self._end(stream)
            stream.audience.pass_time(now_s, stream.target_duration_s)
            self.tell_audience(stream)
            for path in stream.left(now_s):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            keep_s = 0.0 if stream.unwanted else max(KEEP_OVER_S, RETRY_AFTER_S)
            if stream.over and now_s - stream.over_at_s >= keep_s:
                del self._by_id[stream.id]
                await asyncio.to_thread(shutil.rmtree, stream.directory, ignore_errors=True)

    # For who asks

    def find(self, name: str, stream_id: str) -> HlsStream | None:
        """The channel's stream of this name, if it can be played (any more)."""
        stream = self._by_id.get(stream_id)
        return None if stream is None or stream.unwanted or stream.name != name else stream

    def status(self, name: str) -> HlsStatus:
        """Of the channel's stream of now."""
        stream = self._live.get(name)
        return HlsStatus() if stream is None else stream.status()

    def wanted(self, name: str) -> HlsStream:
        """The channel's stream of now, begun if there is none. Raises ``NotStreaming``, ``StreamStopped``."""
        return self._live.get(name) or self._begin_for_somebody(name)

    def tell_audience(self, stream: HlsStream) -> None:
        """The channel's viewers are counted anew where those of this stream have changed."""
        count = len(stream.audience)
        if count != stream.audience_told and not stream.ending:
            stream.audience_told = count
            self._count_viewers()
            self._plane.watched_elsewhere(stream.name, count)

    def _count_viewers(self) -> None:
        self.stats.viewers = sum(each.audience_told for each in self._live.values())

    def _begin_for_somebody(self, name: str) -> HlsStream:
        now_s = asyncio.get_running_loop().time()
        for stream in self._by_id.values():
            if stream.name == name and stream.trouble and now_s - stream.over_at_s < RETRY_AFTER_S:
                raise StreamStopped(
                    f"HLS of this broadcast has stopped ({stream.trouble})",
                    headers={"Retry-After": str(round(RETRY_AFTER_S))},
                )
        try:
            return self._begin(name)
        except OSError as error:
            _log.error("hls_not_begun", channel=name, error=str(error))
            raise StreamStopped("HLS could not be begun", headers={"Retry-After": "5"}) from error
