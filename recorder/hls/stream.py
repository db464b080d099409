"""One broadcast as HLS, as the server knows it: playlists of its tracks, who waits for them, and what was rendered.

Lives on the event loop. A crowd that waits for the same playlist is woken together and costs one rendering.
"""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..session import TappedSession
from ..transcode.events import PlannedTrack
from ..transcode.plan import AAC, LIGHT
from .audience import Audience
from .events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from .multivariant import Variant, multivariant
from .playlist import Gone, MediaPlaylist
from .segmenter import Begun, Resumed
from .status import Encoder, HlsStatus
from .tracks import AUDIO, VIDEO

COMPRESSED_FROM_BYTES = 1_000
PLAYER = "player"
"""The parameter that has a player's id, in addresses of media playlists only: pieces are the same for all."""
ASK_AGAIN_S = 5.0
TROUBLED_S = 30.0
"""How long a trouble of the encoder is told of; one that goes on comes again sooner."""


@dataclass(slots=True)
class Rendered:
    """A playlist as it is sent; `compressed` is made when somebody first asks."""

    version: int
    text: bytes
    compressed: bytes | None = None

    def gzipped(self) -> bytes:
        if self.compressed is None:
            self.compressed = gzip.compress(self.text, 4, mtime=0)
        return self.compressed


class HlsStream(TappedSession):
    """`id` is part of every name, so that names are used once. `window_s` is how far back players may go."""

    def __init__(
        self,
        name: str,
        number: int,
        started_at_s: float,
        origin_s: float,
        time: Callable[[], float],
        ended: Callable[[], None],
        *,
        stream_id: str,
        directory: Path,
        window_s: float,
        max_bytes: int,
        audience: Audience,
    ) -> None:
        super().__init__(name, number, origin_s, time, ended)
        self.id = stream_id
        self.directory = directory
        self.playlists: dict[str, MediaPlaylist] = {}
        self.trouble: str | None = None
        self.unwanted = False
        """Ended because nobody asked, while the broadcast goes on: who comes back has to begin anew."""
        self.over = False
        """Nothing more is going to be written."""
        self.over_at_s = 0.0
        self.asked_at_s = time()
        self.audience = audience
        self.audience_told = 0
        """How many viewers of it the channel's count has."""
        self.deaths: list[float] = []
        self.renders = 0
        self._started_at_s = started_at_s
        self._window_s = window_s
        self._max_bytes = max_bytes
        self._begun: TracksBegun | None = None
        self._last_init = -1
        self.planned: dict[str, PlannedTrack] = {}
        """Tracks that can be had, also those of which nothing is there yet."""
        self.made: tuple[str, ...] = ()
        """Those of them that are being made."""
        self._track_asked_s: dict[str, float] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._rendered: dict[tuple[str, bool], Rendered] = {}
        self._leaving: list[tuple[float, Path]] = []
        self._encoder_troubles: dict[Encoder, float] = {}
        """When there was one last."""

    def encoder_troubled(self, trouble: Encoder) -> None:
        """What is encoded anew does not come as it should."""
        self._encoder_troubles[trouble] = self._time()

    def status(self) -> HlsStatus:
        since_s = self._time() - TROUBLED_S
        lately = [each for each, at_s in self._encoder_troubles.items() if at_s > since_s]
        return HlsStatus(True, self.audience_told, self.made, max(lately, default=None))

    # What was written

    def heard(self, event: TracksBegun | InitWritten | PartWritten | SegmentWritten) -> None:
        match event:
            case TracksBegun():
                self._begun = event
            case InitWritten(track=track):
                if self._begun is None:
                    return
                playlist = self.playlists.get(track)
                if playlist is None:
                    playlist = self.playlists[track] = MediaPlaylist(
                        track,
                        self._begun.target_duration_s,
                        self._begun.part_target_s,
                        self._window_s,
                        self._started_at_s,
                    )
                playlist.init_written(event)
                self._last_init = max(self._last_init, event.number)
            case PartWritten(track=track):
                self.playlists[track].part_written(event)
                self._wake(track)
            case SegmentWritten(track=track):
                playlist = self.playlists[track]
                playlist.segment_written(event)
                self._leave(track, playlist.shorten(), self._time())
                self._keep_within_bytes()
                self._wake(track)

    def interrupted(self) -> Resumed | None:
        """The process that wrote is gone; returns what another one goes on from, `None` when nothing was begun."""
        self.queue.clear()
        if self._begun is None:
            return None
        for playlist in self.playlists.values():
            playlist.interrupted()
        msn = max((each.next_msn for each in self.playlists.values()), default=0)
        discontinuities = max((each.discontinuities for each in self.playlists.values()), default=0)
        for track, playlist in self.playlists.items():
            while playlist.next_msn < msn:  # tracks are numbered alike
                playlist.segment_written(
                    SegmentWritten(track, playlist.next_msn, 0.0, 1.0, 0, False, discontinuities, 0)
                )
            self._wake(track)
        begun = Begun(self._begun.target_duration_s, self._begun.part_target_s)
        return Resumed(msn, self._last_init + 1, discontinuities, begun)

    def end(self, now_s: float) -> None:
        """Nothing more is written."""
        self.over, self.over_at_s = True, now_s
        for track, playlist in self.playlists.items():
            playlist.end()
            self._wake(track)
        self._wake("")

    def left(self, now_s: float) -> list[Path]:
        """Files that nobody needs any more."""
        due = [path for at_s, path in self._leaving if at_s <= now_s]
        self._leaving = [each for each in self._leaving if each[0] > now_s]
        return due

    # What is asked

    def ask(self, track: str) -> None:
        """A player wants this track; whoever makes it is told now and then."""
        planned, now_s = self.planned.get(track), self._time()
        if (
            planned is not None
            and planned.asked
            and now_s - self._track_asked_s.get(track, -ASK_AGAIN_S) >= ASK_AGAIN_S
        ):
            self._track_asked_s[track] = now_s
            self.queue.ask(track)

    def plays(self, track: str) -> bool:
        """Whether the track is being made and has something to play; it may have gaps from when nobody asked for it."""
        playlist = self.playlists.get(track)
        if playlist is None or not playlist.is_playable:
            return False
        planned = self.planned.get(track)
        return (
            planned is None
            or not planned.asked
            or self.ending
            or (track in self.made and playlist.has_new_parts)
        )

    @property
    def ready(self) -> bool:
        """Whether players can begin with every track that is known."""
        return bool(self.playlists) and all(each.is_playable for each in self.playlists.values())

    @property
    def target_duration_s(self) -> int:
        return 6 if self._begun is None else self._begun.target_duration_s

    def changed(self, track: str) -> asyncio.Event:
        """Set when the next part of the track is there; of `""`: when anything is."""
        return self._changed.setdefault(track, asyncio.Event())

    def index(self, player_id: str | None) -> str:
        """The multivariant playlist. URIs are relative to that of the channel, and have the id of a player that is
        counted.
        """
        order = {VIDEO: 0, AUDIO: 1}
        variants = [
            self._variant(track) for track, playlist in self.playlists.items() if playlist.is_playable
        ]
        variants += [
            self._planned_variant(planned)
            for track, planned in self.planned.items()
            if track not in self.playlists or not self.playlists[track].is_playable
        ]
        # Players begin with what takes least: where it is all the same to them, that is to be the artist's own sound.
        least_bps = max((each.peak_bps for each in variants if each.track == AUDIO), default=0.0)
        variants = [
            replace(each, peak_bps=max(each.peak_bps, least_bps)) if each.track == AAC else each
            for each in variants
        ]
        variants.sort(key=lambda each: (order.get(each.track, 2), -each.height, each.track))
        if player_id is not None:
            variants = [replace(each, uri=f"{each.uri}?{PLAYER}={player_id}") for each in variants]
        return multivariant(variants)

    def media(self, track: str, *, skip: bool) -> Rendered:
        """The playlist of a track, rendered once per change."""
        playlist = self.playlists[track]
        rendered = self._rendered.get((track, skip))
        if rendered is None or rendered.version != playlist.version:
            reports = [each.report() for name, each in self.playlists.items() if name != track]
            text = playlist.render(reports, skip=skip)
            rendered = self._rendered[track, skip] = Rendered(playlist.version, text.encode())
            self.renders += 1
        return rendered

    def _variant(self, track: str) -> Variant:
        playlist = self.playlists[track]
        init, planned = playlist.init, self.planned.get(track)
        assert init is not None
        peak_bps = playlist.peak_bps()
        if planned is not None:
            peak_bps = max(planned.bit_rate_bps, peak_bps if playlist.has_whole_segments else 0)
        return Variant(
            track,
            f"{self.id}/{track}.m3u8",
            init.is_video,
            init.codecs,
            peak_bps,
            min(playlist.average_bps(), peak_bps),
            init.width,
            init.height,
            playlist.frame_rate() if init.is_video else 0.0,
            init.channels,
            track == LIGHT,
        )

    def _planned_variant(self, planned: PlannedTrack) -> Variant:
        """What is said of a track before there is anything of it: the most it may be."""
        is_video = planned.height > 0
        return Variant(
            planned.name,
            f"{self.id}/{planned.name}.m3u8",
            is_video,
            planned.codecs,
            planned.bit_rate_bps,
            planned.bit_rate_bps,
            planned.width,
            planned.height,
            channels=0 if is_video else 2,
            alone=planned.name == LIGHT,
        )

    def _wake(self, track: str) -> None:
        for name in {track, ""}:
            if (event := self._changed.pop(name, None)) is not None:
                event.set()

    def _leave(self, track: str, gone: list[Gone], now_s: float) -> None:
        self._leaving += [(now_s + each.keep_s, self.directory / track / f"{each.msn}.m4s") for each in gone]

    def _keep_within_bytes(self) -> None:
        """Past the bound the oldest segments go at once, of all tracks alike."""
        while sum(each.size_bytes for each in self.playlists.values()) > self._max_bytes and all(
            each.may_shrink for each in self.playlists.values()
        ):
            for track, playlist in self.playlists.items():
                self._leaving.append((0.0, self.directory / track / f"{playlist.drop_first().msn}.m4s"))
