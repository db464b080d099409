"""A show, encoded anew by the real process and packaged, played from its playlists frame by frame."""

import os
import select
import signal
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from recorder.hls.events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from recorder.hls.playlist import MediaPlaylist
from recorder.hls.writer import Event, HlsWriter, OpenHls
from recorder.transcode.events import TracksMade, TracksPlanned, TranscoderTrouble, Transcoding, Trouble
from recorder.wire import AskRecord, PacketRecord, Record
from tests.recorder.show import FPS, LOOP_FRAMES, Seen, Show, out_of_step_s, play, watch

WITHIN_S = 30.0


class Packaging:
    """A writer fed as quickly as its encoder follows, and the playlists of what it wrote."""

    def __init__(self, directory: Path, ladder: tuple[str, ...]) -> None:
        self.directory = directory
        self.writer = HlsWriter(OpenHls(str(directory), 0, transcoding=Transcoding(ladder, "libx264")))
        self.events: list[Event] = []
        self._now_s = 0.0

    def feed(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record, PacketRecord):
                self._now_s = record.arrival_s
            self.events += self.writer.take([record], self._now_s)
            self.until_it_follows()

    def until_it_follows(self) -> None:
        encoding = self.writer.encoding
        assert encoding is not None
        deadline_s = time.monotonic() + WITHIN_S
        while encoding.behind_s > 0.2 or encoding.is_starting:
            assert time.monotonic() < deadline_s
            select.select([], [], [], 0.005)
            self.events += self.writer.poll(self._now_s)

    def playlists(self) -> dict[str, Path]:
        """Ends it, and writes them."""
        self.events += self.writer.close(self._now_s)
        playlists: dict[str, MediaPlaylist] = {}
        begun = next(each for each in self.events if isinstance(each, TracksBegun))
        for event in self.events:
            match event:
                case InitWritten(track=track):
                    durations = (begun.target_duration_s, begun.part_target_s)
                    playlists.setdefault(track, MediaPlaylist(track, *durations, 600, 0)).init_written(event)
                case PartWritten(track=track):
                    playlists[track].part_written(event)
                case SegmentWritten(track=track):
                    playlists[track].segment_written(event)
        for track, playlist in playlists.items():
            playlist.end()
            (self.directory / f"{track}.m3u8").write_text(playlist.render([]))
        return {track: self.directory / f"{track}.m3u8" for track in playlists}


def seen_together(pictures: Path, sound: Path) -> Seen:
    return replace(watch(pictures), clicks_s=watch(sound).clicks_s)


def test_a_ladder_is_whole_in_step_and_goes_on_after_its_process_was_killed(tmp_path: Path) -> None:
    show = play(Show("H264", end_s=14, width=640, height=360))
    half = next(
        index for index, each in enumerate(show) if isinstance(each, PacketRecord) and each.arrival_s > 7
    )
    packaging = Packaging(tmp_path, ("720p", "240p", "audio"))
    packaging.feed([AskRecord("aac"), *show[:half]])
    encoding = packaging.writer.encoding
    assert encoding is not None
    killed = encoding.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    packaging.feed(show[half:])
    playlists = packaging.playlists()

    assert playlists.keys() == {"video", "audio", "240p", "aac", "light"}
    planned = [each for each in packaging.events if isinstance(each, TracksPlanned)][-1]
    assert {each.name: each.codecs for each in planned.tracks} == {
        "240p": "avc1.64001e",
        "aac": "mp4a.40.2",
        "light": "opus",
    }
    told = {each.track: each.codecs.lower() for each in packaging.events if isinstance(each, InitWritten)}
    assert {name: told[name] for name in ("240p", "aac", "light")} == {
        each.name: each.codecs for each in planned.tracks
    }
    assert [each.what for each in packaging.events if isinstance(each, TranscoderTrouble)] == [Trouble.DIED]
    assert TracksMade(("240p", "aac", "light")) in packaging.events

    for picture, sound in (("240p", "aac"), ("240p", "light"), ("video", "aac")):
        seen = seen_together(playlists[picture], playlists[sound])
        times = [at_s for at_s, _ in seen.pictures]
        assert all(before < after for before, after in pairwise(times))
        assert out_of_step_s(seen) < 0.04
        for at_s, number in seen.pictures:  # each where it belongs, as far as clocks have been led
            off = round((at_s - times[-1]) * FPS + seen.pictures[-1][1] - number) % LOOP_FRAMES
            assert off in (0, 1, LOOP_FRAMES - 1)
    made = watch(playlists["240p"])
    assert made.size == (426, 240)
    gaps = [after - before for (before, _), (after, _) in pairwise(made.pictures) if after - before > 2 / FPS]
    assert len(gaps) == 1  # where it was killed
    assert gaps[0] < 3
    assert len(made.pictures) > (14 - 3 - 2) * FPS


def test_pictures_hls_cannot_carry_lead_as_h264_from_the_beginning(tmp_path: Path) -> None:
    packaging = Packaging(tmp_path, ())
    packaging.feed(play(Show("VP8", end_s=8, width=320, height=180)))
    playlists = packaging.playlists()
    assert playlists.keys() == {"180p", "audio"}
    seen = seen_together(playlists["180p"], playlists["audio"])
    assert out_of_step_s(seen) < 0.04
    assert len(seen.pictures) > 6 * FPS
    segments = [each for each in packaging.events if isinstance(each, SegmentWritten)]
    assert all(each.begins_independent for each in segments if each.parts)
    by_track = {
        track: [(each.msn, round(each.start_s, 3)) for each in segments if each.track == track]
        for track in playlists
    }
    assert by_track["180p"] == by_track["audio"]
