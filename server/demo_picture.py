"""The demo artist's picture: glowing waves and spectrum bars over a dark gradient, moving with the music.

The light is computed small and in YUV (adding light is linear there too), scaled up by FFmpeg, and the lettering is
laid over at full size: about three milliseconds a picture. Nothing here keeps time: the caller says which picture.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from server.demo_lettering import Mask, draw

Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 1280, 720
SCALE = 4
SMALL_WIDTH, SMALL_HEIGHT = WIDTH // SCALE, HEIGHT // SCALE
TITLE = "Harmonie demo stage"
TITLE_TOP, CLOCK_TOP = 58, 198
DIGIT_UNIT_PX = 5.0

# Red, green, blue of the three waves, the bars and the floor glow, in 0..1 of full light.
COLOURS = ((0.98, 0.25, 0.55), (0.22, 0.55, 1.0), (0.15, 0.95, 0.75), (0.62, 0.30, 1.0))
TOP_COLOUR, BOTTOM_COLOUR = (0.020, 0.022, 0.060), (0.110, 0.035, 0.150)


class Painter:
    """Paints pictures; its buffers are reused, so each returned frame is valid until the next call but one."""

    def __init__(self) -> None:
        self._x = np.linspace(0, 2 * np.pi, SMALL_WIDTH, dtype=np.float32)
        self._y = np.arange(SMALL_HEIGHT, dtype=np.float32)[:, None]
        self._colours = np.array([_yuv(colour) for colour in COLOURS], np.float32)
        self._background = _gradient()
        self._light = np.zeros((len(COLOURS), SMALL_HEIGHT, SMALL_WIDTH), np.float32)
        self._reformatter = VideoReformatter()
        self._title = draw(TITLE, unit_px=8.0)
        self._digits = {character: draw(character, unit_px=DIGIT_UNIT_PX) for character in "0123456789:"}
        self._clock_text = ""
        self._clock: Mask = np.zeros((1, 1), np.float32)

    def paint(self, time_s: float, bands: Floats, pulse: float, clock: str) -> VideoFrame:
        """The picture at `time_s` of the performance; `bands` and `pulse` are the music's (0..1), `clock` digits."""
        self._shine(time_s, bands, pulse)
        small = VideoFrame(SMALL_WIDTH, SMALL_HEIGHT, "yuv420p")
        for plane in range(3):
            step = 1 if plane == 0 else 2
            light = self._light[:, ::step, ::step]
            value = np.tensordot(self._colours[:, plane], light, axes=1)
            value += self._background[plane][::step, ::step]
            _fill(small, plane, np.clip(value, 16, 235).astype(np.uint8))
        picture = self._reformatter.reformat(
            small, width=WIDTH, height=HEIGHT, interpolation=Interpolation.BICUBIC
        )
        _lay_over(picture, self._title, TITLE_TOP, 0.86 + 0.14 * pulse)
        if clock != self._clock_text:
            self._clock_text = clock
            self._clock = _join([self._digits[character] for character in clock])
        _lay_over(picture, self._clock, CLOCK_TOP, 0.7)
        return picture

    def _shine(self, time_s: float, bands: Floats, pulse: float) -> None:
        low, middle, high = (float(bands[part].mean()) for part in (slice(0, 8), slice(8, 20), slice(20, 40)))
        for number, (level, pace, ripple) in enumerate(((low, 0.31, 1), (middle, -0.43, 2), (high, 0.57, 3))):
            swing = 9 + 21 * level
            line = np.sin(self._x * ripple * 0.8 + time_s * pace * 4 + number * 2.1) * swing
            line += np.sin(self._x * (ripple + 1.7) - time_s * pace * 7) * swing * 0.4
            line *= np.sin(self._x / 2)  # the waves are tied to both sides
            distance = np.abs(self._y - (SMALL_HEIGHT * 0.59 + (number - 1) * 5) - line)
            np.divide(1.1 + 0.9 * level, 1.1 + distance * distance * 0.16, out=self._light[number])
            self._light[number] *= 0.75 + 0.45 * level
        self._shine_bars(bands, pulse)

    def _shine_bars(self, bands: Floats, pulse: float) -> None:
        bars = np.concatenate([bands[::-2], bands[::2]])  # mirrored: the deep notes meet in the middle
        each = SMALL_WIDTH / len(bars)
        columns = np.arange(SMALL_WIDTH)
        heights = bars[(columns / each).astype(np.int64)] * (SMALL_HEIGHT * 0.24)
        inside = ((columns % each) >= 2).astype(np.float32)
        from_floor = SMALL_HEIGHT - self._y
        light = self._light[3]
        np.clip((heights - from_floor) * 0.7 + 0.5, 0, 1, out=light)
        light *= inside * (0.35 + 0.3 * from_floor / (SMALL_HEIGHT * 0.24))
        light += (0.10 + 0.16 * pulse) * np.exp(-from_floor / 26)


def clock_text(seconds_of_day: float) -> str:
    """hh:mm:ss."""
    seconds = int(seconds_of_day) % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _yuv(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """Light of this colour as an addition to the planes (BT.601, limited range)."""
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 219 * luma, 224 * 0.564 * (blue - luma), 224 * 0.713 * (red - luma)


def _gradient() -> Floats:
    depth = np.linspace(0, 1, SMALL_HEIGHT, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, SMALL_WIDTH, dtype=np.float32)[None, :]
    vignette = 1 - 0.45 * across**2
    top, bottom = (
        np.array(_yuv(colour), np.float32)[:, None, None] for colour in (TOP_COLOUR, BOTTOM_COLOUR)
    )
    black = np.array([16, 128, 128], np.float32)[:, None, None]
    return np.asarray((top * (1 - depth) + bottom * depth) * vignette + black, np.float32)


def _plane(frame: VideoFrame, number: int) -> npt.NDArray[np.uint8]:
    """The plane as a writable array, rows as long as its stride."""
    plane = frame.planes[number]
    # A plane speaks the buffer protocol, which its type does not say.
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload,no-any-return]


def _fill(frame: VideoFrame, number: int, values: npt.NDArray[np.uint8]) -> None:
    _plane(frame, number)[: values.shape[0], : values.shape[1]] = values


def _lay_over(frame: VideoFrame, mask: Mask, top: int, strength: float) -> None:
    """Blend near-white light through the mask, centred, its upper edge at `top`."""
    height, width = (size // 2 * 2 for size in mask.shape)
    left = (WIDTH - width) // 4 * 2
    for number, target in enumerate((228.0, 134.0, 122.0)):
        step = 1 if number == 0 else 2
        part = mask[:height:step, :width:step] * strength
        rows, columns = (
            slice(top // step, (top + height) // step),
            slice(left // step, (left + width) // step),
        )
        region = _plane(frame, number)[rows, columns]
        region[:] = (region + (target - region) * part).astype(np.uint8)


def _join(masks: list[Mask]) -> Mask:
    """Glyph masks side by side; their margins overlap, the brighter light wins. Colons are narrower than digits."""
    advance = [mask.shape[1] - round(DIGIT_UNIT_PX * 4.4) for mask in masks]
    joined = np.zeros((masks[0].shape[0], sum(advance) + masks[0].shape[1]), np.float32)
    left = 0
    for mask, step in zip(masks, advance, strict=True):
        region = joined[:, left : left + mask.shape[1]]
        np.maximum(region, mask[:, : region.shape[1]], out=region)
        left += step
    return joined
