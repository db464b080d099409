"""The first frame in real Chromium: from `new RTCPeerConnection` to a picture on the screen.

`python -m bench.first_frame` measures this alone. The publisher ignores keyframe requests, as OBS does, and its
keyframes are 2 s apart. For comparison a connection of the page to itself is measured in turn with the server's: a
canvas for a camera, an encoder that begins with a keyframe, and nothing between.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.load import publishing, until_live
from bench.processes import BenchError, Cores, Server, running_server
from loadtest.media import MaterialSpec, load_material

BAR_MS = 60.0
JOINS = 20
WARM_UP_JOINS = 3
PAUSE_S = 0.37  # no multiple of the keyframes' distance
MEASURE = Path(__file__).with_suffix(".js")
MATERIAL_DIRECTORY = Path(__file__).resolve().parent.parent / "build" / "bench"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
)


@dataclass(frozen=True, slots=True)
class FirstFrames:
    """Milliseconds of each join, the warm-up left out."""

    joins_ms: Sequence[float]
    connected_ms: Sequence[float]
    direct_ms: Sequence[float]

    @property
    def p50_ms(self) -> float:
        return median(self.joins_ms)


async def measure_first_frames(server: Server, *, joins: int = JOINS) -> FirstFrames | None:
    """A publisher is live on `server`. None without Chromium; raises `BenchError` when a join fails."""
    executable = next((path for name in NAMES if (path := shutil.which(name)) is not None), None)
    if executable is None:
        return None
    from playwright.async_api import Error, async_playwright  # a tool of development

    script = "(whep) => (" + MEASURE.read_text().rstrip().rstrip(";") + ")(whep)"
    ours: list[dict[str, float]] = []
    direct: list[dict[str, float]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = await browser.new_page()
            await page.goto(f"{server.url}/api/docs")
            for _ in range(WARM_UP_JOINS + joins):
                ours.append(await page.evaluate(script, server.whep))
                await asyncio.sleep(PAUSE_S)
                direct.append(await page.evaluate(script, None))
        except Error as error:
            raise BenchError(f"Chromium could not join: {error.message}") from error
        finally:
            await browser.close()
    return FirstFrames(
        [marks["first frame"] for marks in ours[WARM_UP_JOINS:]],
        [marks["connected"] for marks in ours[WARM_UP_JOINS:]],
        [marks["first frame"] for marks in direct[WARM_UP_JOINS:]],
    )


def render_first_frames(frames: FirstFrames) -> list[str]:
    """The section of docs/benchmarks.md."""
    rows = [
        ("first frame from the server", frames.joins_ms),
        ("of that, connected after", frames.connected_ms),
        ("first frame of a connection without a server", frames.direct_ms),
    ]
    return [
        "## First frame in Chromium",
        "",
        f"{len(frames.joins_ms)} joins of one page, from `new RTCPeerConnection` to the picture; the publisher ignores",
        "keyframe requests and its keyframes are 2 s apart. Measured in turn with a connection of the page to itself,",
        f"whose encoder begins with a keyframe: {frames.p50_ms / median(frames.direct_ms):.2f} times that. Measure it",
        "alone by `python -m bench.first_frame`.",
        "",
        "| | best | p50 | p90 |",
        "|---|---|---|---|",
        *(
            f"| {name} | {min(times):.0f} ms | {median(times):.0f} ms | {_p90(times):.0f} ms |"
            for name, times in rows
        ),
    ]


def missed_first_frame(frames: FirstFrames) -> list[str]:
    """The bar in words when it was missed."""
    if frames.p50_ms <= BAR_MS:
        return []
    return [f"first frame after {frames.p50_ms:.0f} ms (p50), bar {BAR_MS:.0f}"]


def _p90(times: Sequence[float]) -> float:
    return sorted(times)[len(times) * 9 // 10]


async def _alone() -> FirstFrames | None:
    cores = Cores.plan()
    await asyncio.to_thread(load_material, MaterialSpec(), MATERIAL_DIRECTORY)
    with tempfile.TemporaryDirectory(prefix="harmonie-bench-") as name:
        directory = Path(name)
        async with (
            running_server(directory, cores) as server,
            publishing(server, cores, material=MATERIAL_DIRECTORY),
        ):
            await until_live(server)
            return await measure_first_frames(server)


def main() -> int:
    """Entry point; returns the exit code."""
    try:
        frames = asyncio.run(_alone())
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if frames is None:
        print("bench: there is no Chromium on this machine", file=sys.stderr)
        return 2
    print("\n".join(render_first_frames(frames)))
    return 1 if missed_first_frame(frames) else 0


if __name__ == "__main__":
    sys.exit(main())
