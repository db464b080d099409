"""LL-HLS viewers against a small origin that is late, stalls or misleads by known amounts; and without a network."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtest.arrivals import Visit, divide
from loadtest.errors import PlaylistError
from loadtest.hls_audience import HlsAudience
from loadtest.hls_player import HlsPlayer, HlsTrack
from loadtest.measures import Measures, Second, Timeline
from loadtest.playlists import MediaPlaylist, MultivariantPlaylist, Piece, parse_playlist
from loadtest.stage_time import RunClock

PART_S, PARTS = 0.25, 4
HOLD_BACK_S = 3 * PART_S
WINDOW = 6
"""Segments in the playlist."""


@dataclass
class Origin:
    """Publishes a part every `PART_S`. `behind_s` more is what its clock says; one pause of `pause_s` at `pause_at`."""

    began_s: float
    behind_s: float = 0.0
    pause_at: int = 10**9
    pause_s: float = 0.0
    broken: str = ""
    reloads: int = 0

    def there_at_s(self, number: int) -> float:
        """When part `number` can be had."""
        return self.began_s + (number + 1) * PART_S + (self.pause_s if number >= self.pause_at else 0.0)

    def parts_there(self) -> int:
        number = 0
        while self.there_at_s(number) <= time.time():
            number += 1
        return number

    async def main(self, _: web.Request) -> web.Response:
        text = (
            '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="live.m3u8?a"\n'
            '#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.42e01f,opus",AUDIO="a"\nlive.m3u8\n'
        )
        return web.Response(text=text)

    async def media(self, request: web.Request) -> web.StreamResponse:
        if self.broken == "elsewhere":
            return web.Response(status=302, headers={"Location": "http://192.0.2.1/live.m3u8"})
        if self.broken == "endless":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(gzip.compress(bytes(1 << 20)) + bytes(1 << 18))
        if self.broken == "garbage":
            return web.Response(text="#EXTM3U\n#EXT-X-TARGETDURATION:many\n")
        if "_HLS_msn" in request.query:
            self.reloads += 1
            wanted = int(request.query["_HLS_msn"]) * PARTS + int(request.query["_HLS_part"])
            await asyncio.sleep(max(0.0, self.there_at_s(wanted) - time.time() + 0.01))
        return web.Response(text=self.render())

    def render(self) -> str:
        there = self.parts_there()
        first = max(0, there // PARTS - WINDOW)
        lines = [
            "#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-PART-INF:PART-TARGET={PART_S}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={HOLD_BACK_S}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}", '#EXT-X-MAP:URI="init.mp4"',
        ]  # fmt: skip
        for number in range(first * PARTS, there):
            segment, part = divmod(number, PARTS)
            if part == 0:
                moment = datetime.fromtimestamp(self.began_s - self.behind_s + number * PART_S, UTC)
                lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment.isoformat()}")
            independent = ",INDEPENDENT=YES" if part == 0 else ""
            lines.append(f'#EXT-X-PART:DURATION={PART_S},URI="{segment}.{part}.mp4"{independent}')
            if part == PARTS - 1:
                lines += [f"#EXTINF:{PART_S * PARTS},", f"{segment}.mp4"]
        return "\n".join(lines)

    async def piece(self, _: web.Request) -> web.Response:
        return web.Response(body=bytes(1_000))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/main.m3u8", self.main)
        app.router.add_get("/live.m3u8", self.media)
        app.router.add_get("/{name}.mp4", self.piece)
        async with TestServer(app) as server:
            yield str(server.make_url("/main.m3u8"))


async def watch(origin: Origin, *, viewers: int = 2, seconds: float = 5.0) -> Second:
    measures = Measures()
    async with origin.serving() as url, aiohttp.ClientSession() as http:
        audience = HlsAudience(http, [url], measures, RunClock(time.time(), seconds))
        await audience.play([Visit(0.0, seconds, number) for number in range(viewers)])
    timeline = Timeline()
    for number, second in measures.take(2**40).items():
        timeline.add(number, second)
    return timeline.total()


async def test_latency_and_stalls_are_those_of_the_origin() -> None:
    now_s = time.time() - 8
    usual, late, pausing = Origin(now_s), Origin(now_s, behind_s=2), Origin(now_s, pause_at=40, pause_s=2)
    totals = await asyncio.gather(watch(usual), watch(late), watch(pausing))
    for total in totals:
        assert total.counters["hls_joins_done"] == 2
        assert not [name for name in total.counters if "failure" in name]
    middles = [(total.histograms["hls_latency_us"].quantile(0.5) or 0) / 1e6 for total in totals]
    assert HOLD_BACK_S <= middles[0] < 2.2
    assert middles[1] - middles[0] == pytest.approx(2.0, abs=0.4)
    assert "hls_stalls" not in totals[0].counters
    assert totals[2].counters["hls_stalls"] == 2, "each of the two viewers stood still once"
    # They had what was held back in hand when nothing came for two seconds.
    assert 2 * 700 < totals[2].counters["hls_stalled_ms"] < 2 * 2_000
    # 5 s of parts for two tracks of two viewers, each fetched once; playlists by blocking reloads.
    assert 4 * 12 <= totals[0].counters["hls_pieces"] <= 4 * 35
    assert usual.reloads == totals[0].counters["hls_reload_requests"]


async def test_hostile_origins_are_told_apart_and_do_not_hang() -> None:
    for broken, words in (
        ("elsewhere", "leads to another server (192.0.2.1)"),
        ("endless", "answered more than 2,097,152 bytes"),
        ("garbage", "not a playlist"),
    ):
        total = await watch(Origin(time.time() - 8, broken=broken), viewers=1, seconds=4.0)
        assert total.counters["hls_joins_failed"] == 1
        assert [words in name for name in total.counters if "failure" in name] == [True]


@pytest.mark.parametrize(
    "text", ["", "#EXTM3U\n", "<html>", "#EXTM3U\n#EXT-X-TARGETDURATION:x", "#EXTM3U\n#EXT-X-STREAM-INF:\n"]
)
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(PlaylistError):
        parse_playlist(text)


def test_a_playlist_is_read_part_by_part() -> None:
    playlist = parse_playlist(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0\n"
        '#EXT-X-MAP:URI="i.mp4",BYTERANGE="10@5"\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T15:00:00.500Z\n'
        '#EXTINF:4.0,\n7.mp4\n#EXT-X-PART:DURATION=1,URI="8.0",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.5,URI="8.1",BYTERANGE="100@50"\n#EXT-X-PART:DURATION=1,URI="8.2",BYTERANGE="9"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="8.3"\n'
    )
    assert isinstance(playlist, MediaPlaylist)
    whole, first, second, third = playlist.pieces
    assert (whole.msn, whole.part, whole.duration_s) == (7, None, 4.0)
    assert (first.msn, first.part, first.independent) == (8, 0, True)
    assert second.starts_at_s is not None
    assert whole.starts_at_s is not None
    assert second.starts_at_s - whole.starts_at_s == pytest.approx(5.0)
    assert (second.byte_range, third.byte_range) == ((100, 50), (9, 150))
    assert (playlist.next_msn, playlist.next_part) == (8, 3)
    assert HlsTrack.reload_query(playlist) == "_HLS_msn=8&_HLS_part=3"
    track = HlsTrack()
    assert [piece.uri for piece in track.due(playlist)] == ["7.mp4", "8.0", "8.1", "8.2"]
    assert track.due(playlist) == []


def test_the_variant_of_most_bits_is_found_with_its_sound() -> None:
    playlist = parse_playlist(
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="a.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=9,AUDIO="a",CODECS="avc1.42e01f,opus"\nv.m3u8\n'
    )
    assert isinstance(playlist, MultivariantPlaylist)
    assert (playlist.variants[0].uri, playlist.variants[0].audio) == ("v.m3u8", "a.m3u8")
    assert playlist.variants[0].codecs == "avc1.42e01f,opus"


def test_the_track_with_least_in_hand_decides_when_it_stands_still() -> None:
    player = HlsPlayer(["main", "audio"])
    pieces = [Piece(1, number, "x", 1.0, True, 100.0 + number) for number in range(4)]
    assert not player.fetched("main", pieces[0], 10.0)
    assert player.fetched("audio", pieces[0], 10.5)
    player.fetched("main", pieces[1], 10.6)
    assert player.latency_s(11.0, 102.0) == pytest.approx(1.5)
    stalls = player.take(12.0)
    assert (stalls.count, stalls.stalled_ms, stalls.played_ms) == (1, 500, 1_000)
    assert not player.fetched("audio", pieces[1], 12.25)
    stalls = player.take(12.5)
    assert (stalls.count, stalls.stalled_ms, stalls.played_ms) == (0, 250, 250)


def test_who_is_behind_plays_a_little_faster_until_it_is_where_the_server_wants_it() -> None:
    player, parts = HlsPlayer(["main"], hold_back_s=1.5), 4
    pieces = [Piece(1, number, "x", 0.5, True, 100.0 + number / 2) for number in range(200)]
    for piece in pieces[:parts]:
        player.fetched("main", piece, 10.0)
    assert player.take(14.0).count == 1, "nothing came for two seconds"
    for piece in pieces[parts : parts + 8]:
        player.fetched("main", piece, 14.0)
    latencies: list[float] = []
    for number, piece in enumerate(pieces[parts + 8 :]):
        now_s = 14.0 + (number + 1) / 2
        player.fetched("main", piece, now_s)
        latencies.append(player.latency_s(now_s, now_s + 92) or 0.0)
    assert latencies[0] == pytest.approx(4.0, abs=0.05)
    assert latencies[19] == pytest.approx(4.0 - 10 * 0.06, abs=0.1)
    # A stall more has taught it to be content with 0.4 s more.
    assert latencies[-1] == pytest.approx(1.5 + 0.4, abs=0.1)
    assert player.take(14.0 + 100).played_ms >= 90_000
    track = HlsTrack()
    track.due(_playlist_at(900))
    assert track.is_of_another_time(_playlist_at(3))
    assert not track.is_of_another_time(_playlist_at(901))


def _playlist_at(msn: int) -> MediaPlaylist:
    found = parse_playlist(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{msn}\n#EXTINF:1.0,\n{msn}.mp4\n"
    )
    assert isinstance(found, MediaPlaylist)
    return found


def test_a_share_of_a_crowd_is_spread_over_it() -> None:
    visits = [Visit(0.0, 1.0, number) for number in range(10)]
    others, chosen = divide(visits, 0.3)
    assert [visit.number for visit in chosen] == [3, 6, 9]
    assert len(others) == 7
    assert divide(visits, 0.0) == (visits, [])
