"""Live HLS of this server: begins a stream when somebody wants it, ends it when nobody does, has what they ask for."""

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

import structlog

from ..link import RecorderLink
from ..plane import TappedPlane
from ..transcode.events import TracksMade, TracksPlanned, TranscoderTrouble, Transcoding, Trouble
from ..wire import Closed, Stopped, WantKeyframe
from .errors import AbsurdRequest, NotStreaming, PieceNotFound, StreamLate, StreamStopped, TooManyWaiting
from .events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from .pieces import Pieces
from .playlist import MediaPlaylist
from .segmenter import EXPECT_S
from .stream import HlsStream, Rendered
from .writer import Event, OpenHls

DIRECTORY = "hls"
IDLE_S = 60.0
"""A stream that was made because somebody asked ends so long after the last one did."""
KEEP_OVER_S = 60.0
"""What has ended can be played to its end for so long."""
RETRY_AFTER_S = 30.0
"""Where HLS has stopped by an error it is not begun again sooner."""
MAX_WAITING = 20_000
LATE_AFTER = 3
"""Target durations a blocking request waits (RFC 8216bis section 6.2.5.2)."""
KEPT_BYTES = 32 << 20
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
    """What is counted; `streams` and `waiting` are of now."""

    streams: int = 0
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


class HlsService:
    """The streams of this process; ``run`` is its background task."""

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
        self.idle_s = idle_s
        self._link: RecorderLink[Event] = RecorderLink(
            "recorder.hls.worker",
            Event,  # type: ignore[arg-type]  # a union is a type to msgspec
            self._heard,
            self._lost,
        )
        self._pieces = Pieces(KEPT_BYTES)
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
        self.stats.streams = len(self._live)
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
            case Trouble.DIED:
                self.stats.encoder_restarts += 1
            case Trouble.BROKEN:
                pass
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
            for path in stream.left(now_s):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            keep_s = 0.0 if stream.unwanted else max(KEEP_OVER_S, RETRY_AFTER_S)
            if stream.over and now_s - stream.over_at_s >= keep_s:
                del self._by_id[stream.id]
                await asyncio.to_thread(shutil.rmtree, stream.directory, ignore_errors=True)

    # What is asked

    async def index(self, name: str) -> str:
        """The multivariant playlist. Raises ``NotStreaming``, ``StreamStopped``, ``StreamLate``."""
        stream = self._live.get(name)
        if stream is None:
            stream = self._begin_for_somebody(name)
        stream.asked_at_s = asyncio.get_running_loop().time()
        await self._until(stream, "", lambda: stream.ready or stream.over, EXPECT_S + LATE_AFTER)
        if not stream.ready:
            raise StreamLate("nothing came of the broadcast", headers={"Retry-After": "2"})
        self.stats.playlists_out += 1
        return stream.index()

    async def media(
        self, name: str, stream_id: str, track: str, msn: int | None, part: int | None, *, skip: bool
    ) -> tuple[Rendered, int]:
        """A media playlist, once it holds what was asked for, and its target duration. Raises ``HlsError``."""
        await self._until_made(name, stream_id, track, first=msn is None)
        stream, playlist = self._playlist(name, stream_id, track)
        stream.asked_at_s = asyncio.get_running_loop().time()
        if msn is None:
            if part is not None:
                raise AbsurdRequest("_HLS_part needs _HLS_msn")
        elif not playlist.has(msn, part):
            if playlist.is_absurd(msn, part):
                raise AbsurdRequest(f"the stream is at segment {playlist.next_msn}")
            late_s = LATE_AFTER * stream.target_duration_s
            if not await self._until(stream, track, lambda: playlist.has(msn, part), late_s):
                raise StreamLate("what was waited for did not come", headers={"Retry-After": "1"})
        rendered = stream.media(track, skip=skip)
        self.stats.playlists_out += 1
        self.stats.playlists_rendered = sum(each.renders for each in self._by_id.values())
        return rendered, stream.target_duration_s

    async def part(self, name: str, stream_id: str, track: str, msn: int, index: int) -> bytes:
        """A part; one that is hinted at is waited for. Raises ``HlsError``."""
        stream, playlist = self._playlist(name, stream_id, track)
        found = playlist.find_part(msn, index)
        if found is None and playlist.is_next(msn, index):
            late_s = LATE_AFTER * stream.target_duration_s
            await self._until(stream, track, lambda: not playlist.is_next(msn, index), late_s)
            found = playlist.find_part(msn, index)
        if found is None:
            raise PieceNotFound("there is no such part")
        return await self._read(stream, f"{track}/{msn}.m4s", found.offset, found.size_bytes)

    async def segment(self, name: str, stream_id: str, track: str, msn: int) -> bytes:
        """A whole segment. Raises ``HlsError``."""
        stream, playlist = self._playlist(name, stream_id, track)
        if msn >= playlist.next_msn and not playlist.has_segment(msn):
            raise PieceNotFound("there is no such segment yet")
        return await self._read(stream, f"{track}/{msn}.m4s", 0, None)

    async def init(self, name: str, stream_id: str, track: str, number: int) -> bytes:
        """An init segment. Raises ``HlsError``."""
        stream, _ = self._playlist(name, stream_id, track)
        return await self._read(stream, f"{track}/init-{number}.mp4", 0, None)

    async def _until_made(self, name: str, stream_id: str, track: str, *, first: bool) -> None:
        """Has a track made that is only made when asked for. Raises ``StreamLate``, ``TooManyWaiting``."""
        stream = self._by_id.get(stream_id)
        if stream is None or stream.name != name or track not in stream.planned:
            return
        stream.asked_at_s = asyncio.get_running_loop().time()
        stream.ask(track)
        if not first and track in stream.playlists:
            return
        there = await self._until(
            stream, "", lambda: stream.plays(track) or stream.over or track not in stream.planned, EXPECT_S
        )
        if not there and track not in stream.playlists:
            raise StreamLate("the track is not made yet", headers={"Retry-After": "2"})

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

    def _playlist(self, name: str, stream_id: str, track: str) -> tuple[HlsStream, MediaPlaylist]:
        stream = self._by_id.get(stream_id)
        if stream is None or stream.unwanted or stream.name != name or track not in stream.playlists:
            raise PieceNotFound("this stream is over; the channel's index.m3u8 leads to the present one")
        return stream, stream.playlists[track]

    async def _until(self, stream: HlsStream, track: str, there: Callable[[], bool], within_s: float) -> bool:
        """Waits until it is there. Raises ``TooManyWaiting``."""
        if there():
            return True
        if self.stats.waiting >= MAX_WAITING:
            self.stats.refused += 1
            raise TooManyWaiting("come back in a moment", headers={"Retry-After": "1"})
        self.stats.waiting += 1
        try:
            async with asyncio.timeout(within_s):
                while not there():
                    await stream.changed(track).wait()
        except TimeoutError:
            return False
        finally:
            self.stats.waiting -= 1
        return True

    async def _read(self, stream: HlsStream, file: str, offset: int, size_bytes: int | None) -> bytes:
        try:
            data = await self._pieces.get(stream.directory / file, offset, size_bytes)
        except OSError as error:
            raise PieceNotFound("it is not there any more") from error
        self.stats.pieces_out += 1
        self.stats.bytes_out += len(data)
        return data
