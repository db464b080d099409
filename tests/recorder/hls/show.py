"""A broadcast of made-up frames through segmenter and playlists, without files."""

from dataclasses import dataclass, field

from media.description import Kind
from recorder.frames import Frame, Picture
from recorder.hls.events import InitWritten, PartWritten, SegmentWritten
from recorder.hls.playlist import MediaPlaylist
from recorder.hls.segmenter import Begun, Effect, Segmenter
from recorder.hls.track_segments import InitMade, PartMade, SegmentEnded
from recorder.hls.tracks import AUDIO, VIDEO, TrackFrame

STARTED_AT_S = 1_700_000_000.0
OPUS = b"\xfc" + bytes(99)


def picture_frame(time_s: float, keyframe: bool, width: int = 320, track: str = VIDEO) -> TrackFrame:
    picture = Picture(width, width * 9 // 16 // 2 * 2) if keyframe else None
    return TrackFrame(track, time_s, Frame("VP9", 0, keyframe, bytes(400 if keyframe else 80), picture))


def sound_frame(time_s: float, track: str = AUDIO) -> TrackFrame:
    return TrackFrame(track, time_s, Frame("opus", 0, True, OPUS))


@dataclass
class Show:
    """What the server would know of a broadcast."""

    segmenter: Segmenter = field(default_factory=Segmenter)
    window_s: float = 60.0
    begun: Begun | None = None
    playlists: dict[str, MediaPlaylist] = field(default_factory=dict)
    parts: list[PartMade] = field(default_factory=list)
    ended: list[SegmentEnded] = field(default_factory=list)

    def push(self, frame: TrackFrame, now_s: float | None = None) -> bool:
        """Whether any playlist changed."""
        return self.take(self.segmenter.push(frame, frame.time_s if now_s is None else now_s))

    def poll(self, now_s: float) -> bool:
        return self.take(self.segmenter.poll(now_s))

    def end(self, now_s: float) -> None:
        self.take(self.segmenter.end(now_s))
        for playlist in self.playlists.values():
            playlist.end()

    def take(self, effects: list[Effect]) -> bool:
        for effect in effects:
            self._take(effect)
        for playlist in self.playlists.values():
            playlist.shorten()
        return any(isinstance(each, PartMade | SegmentEnded) for each in effects)

    def render(self, track: str, *, skip: bool = False) -> str:
        reports = [each.report() for name, each in self.playlists.items() if name != track]
        return self.playlists[track].render(reports, skip=skip)

    def _take(self, effect: Effect) -> None:
        match effect:
            case Begun():
                assert self.begun is None
                self.begun = effect
            case InitMade(track, kind, number, fmt):
                assert self.begun is not None
                playlist = self.playlists.setdefault(
                    track,
                    MediaPlaylist(
                        track,
                        self.begun.target_duration_s,
                        self.begun.part_target_s,
                        self.window_s,
                        STARTED_AT_S,
                    ),
                )
                playlist.init_written(
                    InitWritten(
                        track, kind is Kind.VIDEO, number, fmt.codecs, fmt.width, fmt.height, fmt.channels
                    )
                )
            case PartMade() as part:
                self.parts.append(part)
                self.playlists[part.track].part_written(
                    PartWritten(
                        part.track,
                        part.msn,
                        part.index,
                        part.segment_start_s,
                        part.duration_s,
                        part.independent,
                        part.discontinuities,
                        part.init,
                        part.frames,
                        0,
                        len(part.data),
                    )
                )
            case SegmentEnded() as ended:
                self.ended.append(ended)
                self.playlists[ended.track].segment_written(
                    SegmentWritten(
                        ended.track,
                        ended.msn,
                        ended.start_s,
                        ended.duration_s,
                        ended.parts,
                        ended.begins_independent,
                        ended.discontinuities,
                        0,
                    )
                )
