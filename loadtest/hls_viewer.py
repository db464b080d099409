"""One viewer by LL-HLS: reloads playlists as the server offers (blocking where it can), fetches every part in time.

Works against any server of RFC 8216bis; nothing is decoded. One task per track: the picture's playlist, and the sound's
where that is apart.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp

from loadtest.bodies import read_body
from loadtest.connections import words_of
from loadtest.errors import LoadtestError, PlaylistEmpty, PlaylistError, SignalingError
from loadtest.hls_player import HlsPlayer, HlsTrack
from loadtest.measures import Measures
from loadtest.playlists import MediaPlaylist, MultivariantPlaylist, Piece, parse_playlist

PLAYLIST_MAX_BYTES = 2 << 20
PIECE_MAX_BYTES = 64 << 20
TIMEOUT_S = 15.0
LIVE_WITHIN_S = 20.0
"""A server that packages on demand says 404 or 503 until it has something."""
RETRY_S = 0.5
REDIRECTS_MAX = 5
FAILURES_MAX = 5
"""In a row; then the viewer gives up."""


@dataclass(frozen=True, slots=True)
class _Answer:
    url: str
    body: bytes


class HlsViewer:
    """`watch` until cancelled or until it cannot any more; counts into `measures`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, measures: Measures) -> None:
        self._http = http
        self._url = url
        self._measures = measures
        self._origin = urlsplit(url)[:2]
        self._player: HlsPlayer | None = None
        self._began_s = 0.0
        self.playing = asyncio.Event()
        self.ended = False
        self.waits_for = "nothing to play came"
        """Why it does not play yet."""

    async def watch(self) -> None:
        """Returns when the broadcast has ended. Raises `LoadtestError`s, `aiohttp.ClientError`, `TimeoutError`."""
        self._began_s = time.monotonic()
        places = await self._places()
        picture = places["main"][1]
        hold_back_s = picture.part_hold_back_s or picture.hold_back_s
        self._player = HlsPlayer(list(places), hold_back_s=hold_back_s)
        async with asyncio.TaskGroup() as group:
            for name, (url, playlist) in places.items():
                group.create_task(self._follow(name, url, playlist))

    def note(self) -> None:
        """Once a second: what was played, and how old it is."""
        if self._player is None:
            return
        now_s, wall_s = time.monotonic(), time.time()
        new = self._player.take(now_s)
        self._measures.count("hls_stalls", wall_s, new.count)
        self._measures.count("hls_stalled_ms", wall_s, new.stalled_ms)
        self._measures.count("hls_played_ms", wall_s, new.played_ms)
        latency_s = self._player.latency_s(now_s, wall_s)
        if latency_s is not None and self._player.is_playing:
            self._measures.observe("hls_latency_us", wall_s, int(latency_s * 1e6))

    async def _places(self) -> dict[str, tuple[str, MediaPlaylist]]:
        """The playlists to follow, once there is one with something in it."""
        deadline_s = time.monotonic() + LIVE_WITHIN_S
        while True:
            try:
                return await self._find()
            except (SignalingError, PlaylistEmpty) as error:
                is_early = isinstance(error, PlaylistEmpty) or error.status in (404, 409, 425, 503)
                if not is_early or time.monotonic() > deadline_s:
                    raise
                self.waits_for = reason(error)
                await asyncio.sleep(RETRY_S)

    async def _find(self) -> dict[str, tuple[str, MediaPlaylist]]:
        answer = await self._get(self._url, "hls_playlist", PLAYLIST_MAX_BYTES)
        found = parse_playlist(_text(answer))
        if isinstance(found, MediaPlaylist):
            return {"main": (answer.url, _playable(found))}
        urls = _of_first_variant(found, answer.url)
        places: dict[str, tuple[str, MediaPlaylist]] = {}
        for name, url in urls.items():
            answer = await self._get(url, "hls_playlist", PLAYLIST_MAX_BYTES)
            media = parse_playlist(_text(answer))
            if not isinstance(media, MediaPlaylist):
                raise PlaylistError("a variant is no media playlist")
            places[name] = (answer.url, _playable(media))
        return places

    async def _follow(self, name: str, url: str, playlist: MediaPlaylist) -> None:
        track = HlsTrack()
        init = ""
        failures = 0
        while True:
            if track.is_of_another_time(playlist):
                raise PlaylistError("the server has begun its playlist anew")
            skipped = track.skipped
            for piece in track.due(playlist):
                if playlist.init is not None and playlist.init.uri != init:
                    init = playlist.init.uri
                    await self._fetch(urljoin(url, init), playlist.init.byte_range)
                await self._play(name, url, piece)
            self._measures.count("hls_pieces_missed", time.time(), track.skipped - skipped)
            if playlist.ended:
                self.ended = True
                return
            try:
                playlist = await self._reload(url, playlist)
                failures = 0
            except (LoadtestError, aiohttp.ClientError, TimeoutError) as error:
                failures += 1
                self._failed(error)
                if failures >= FAILURES_MAX:
                    raise
                await asyncio.sleep(RETRY_S)

    async def _play(self, name: str, url: str, piece: Piece) -> None:
        if not piece.uri:
            return  # EXT-X-GAP
        try:
            await self._fetch(urljoin(url, piece.uri), piece.byte_range)
        except (LoadtestError, aiohttp.ClientError, TimeoutError) as error:
            self._failed(error)
            return
        assert self._player is not None
        if self._player.fetched(name, piece, time.monotonic()):
            self._measures.observe("hls_start_us", time.time(), int((time.monotonic() - self._began_s) * 1e6))
            self.playing.set()

    async def _reload(self, url: str, playlist: MediaPlaylist) -> MediaPlaylist:
        query = HlsTrack.reload_query(playlist)
        if (
            not query
        ):  # section 6.3.4: half the target duration when nothing was new; a part's when there are parts
            await asyncio.sleep(playlist.part_target_s or playlist.target_duration_s / 2)
        asked = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        answer = await self._get(asked, "hls_reload" if query else "hls_playlist", PLAYLIST_MAX_BYTES)
        found = parse_playlist(_text(answer))
        if not isinstance(found, MediaPlaylist):
            raise PlaylistError("a media playlist has become something else")
        return found

    async def _fetch(self, url: str, byte_range: tuple[int, int] | None) -> None:
        began_s = time.monotonic()
        answer = await self._get(url, "hls_piece", PIECE_MAX_BYTES, byte_range)
        now_s = time.time()
        self._measures.count("hls_pieces", now_s)
        self._measures.count("hls_bytes", now_s, len(answer.body))
        self._measures.observe("hls_piece_us", now_s, int((time.monotonic() - began_s) * 1e6))

    async def _get(
        self, url: str, name: str, max_bytes: int, byte_range: tuple[int, int] | None = None
    ) -> _Answer:
        """Never from another host: playlists are the server's, but the target was checked."""
        headers = {}
        if byte_range is not None:
            length, offset = byte_range
            headers["Range"] = f"bytes={offset}-{offset + length - 1}"
        self._measures.count(f"{name}_requests", time.time())
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        for _ in range(REDIRECTS_MAX):
            if urlsplit(url)[:2] != self._origin:
                raise PlaylistError(f"it leads to another server ({urlsplit(url).netloc})")
            async with self._http.get(
                url, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status in (301, 302, 307, 308) and "Location" in response.headers:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status not in (200, 206):
                    raise SignalingError(response.status, f"{response.url.path}: {response.reason}")
                return _Answer(url, await read_body(response, max_bytes, within_s=TIMEOUT_S))
        raise PlaylistError(f"more than {REDIRECTS_MAX} redirects")

    def _failed(self, error: Exception) -> None:
        self._measures.count(f"hls failure: {reason(error)}", time.time())


def reason(error: BaseException) -> str:
    """Short, and alike for alike causes."""
    if isinstance(error, BaseExceptionGroup):
        return reason(error.exceptions[0])
    if isinstance(error, SignalingError):
        return f"answered {error.status}"
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    return words_of(error)


def _text(answer: _Answer) -> str:
    try:
        return answer.body.decode()
    except UnicodeDecodeError:
        raise PlaylistError("the playlist is not UTF-8") from None


def _playable(playlist: MediaPlaylist) -> MediaPlaylist:
    if not playlist.pieces and not playlist.ended:
        raise PlaylistEmpty("there is nothing in the playlist yet")
    return playlist


def _of_first_variant(found: MultivariantPlaylist, base: str) -> dict[str, str]:
    """What the server prefers, else the one of most bits, as on a fast network; and its sound."""
    variant = max(found.variants, key=lambda each: (each.score, each.bandwidth_bps))
    urls = {"main": urljoin(base, variant.uri)}
    if variant.audio is not None and variant.audio != variant.uri:
        urls["audio"] = urljoin(base, variant.audio)
    return urls
