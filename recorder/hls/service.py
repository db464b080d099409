"""What players and CDNs ask of live HLS: playlists that wait for what they name, and pieces."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import AbsurdRequest, PieceNotFound, StreamLate, TooManyWaiting
from .pieces import Pieces
from .playlist import MediaPlaylist
from .segmenter import EXPECT_S
from .stream import HlsStream, Rendered
from .streams import HlsStreams

MAX_WAITING = 20_000
LATE_AFTER = 3
"""Target durations a blocking request waits (RFC 8216bis section 6.2.5.2)."""
KEPT_BYTES = 32 << 20


class HlsService:
    """Over the streams of this process."""

    def __init__(self, streams: HlsStreams) -> None:
        self.streams = streams
        self.stats = streams.stats
        self._pieces = Pieces(KEPT_BYTES)

    async def index(self, name: str, player_id: str | None) -> str:
        """The multivariant playlist, for this player. Raises ``NotStreaming``, ``StreamStopped``, ``StreamLate``."""
        stream = self.streams.wanted(name)
        stream.asked_at_s = asyncio.get_running_loop().time()
        await self._until(stream, "", lambda: stream.ready or stream.over, EXPECT_S + LATE_AFTER)
        if not stream.ready:
            raise StreamLate("nothing came of the broadcast", headers={"Retry-After": "2"})
        self.stats.playlists_out += 1
        return stream.index(player_id)

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
        renders = stream.renders
        rendered = stream.media(track, skip=skip)
        self.stats.playlists_out += 1
        self.stats.playlists_rendered += stream.renders - renders
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

    @contextmanager
    def playing(self, name: str, stream_id: str, player_id: str, whence: Callable[[], str]) -> Iterator[None]:
        """Within it a player is asking for a playlist, and is counted as a viewer."""
        stream, loop = self.streams.find(name, stream_id), asyncio.get_running_loop()
        if stream is None:
            yield
            return
        stream.audience.asked(player_id, whence, loop.time())
        self.streams.tell_audience(stream)
        try:
            yield
        finally:
            stream.audience.answered(player_id, loop.time())

    def left(self, name: str, stream_id: str, player_id: str) -> None:
        """A player plays no more."""
        stream = self.streams.find(name, stream_id)
        if stream is not None:
            stream.audience.left(player_id)
            self.streams.tell_audience(stream)

    async def _until_made(self, name: str, stream_id: str, track: str, *, first: bool) -> None:
        """Has a track made that is only made when asked for. Raises ``StreamLate``, ``TooManyWaiting``."""
        stream = self.streams.find(name, stream_id)
        if stream is None or track not in stream.planned:
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

    def _playlist(self, name: str, stream_id: str, track: str) -> tuple[HlsStream, MediaPlaylist]:
        stream = self.streams.find(name, stream_id)
        if stream is None or track not in stream.playlists:
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
