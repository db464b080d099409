"""The process that transcodes: killed, stopped, left alone."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from media.description import Kind
from recorder.frames import TimedFrame
from recorder.transcode.backlog import MAX_BEHIND_S
from recorder.transcode.plan import Codec, Rendition
from recorder.transcode.process import Died, Event, FellBehind, TranscodeProcess
from recorder.transcode.wire import Broken, Made
from tests.recorder.show import FPS, Show, out_of_step_s, play
from tests.recorder.transcode.watching import timed, watch

SMALL = Rendition("48p", Codec.H264, 300_000, asked=False, width=80, height=48)
AAC = Rendition("aac", Codec.AAC, 160_000, asked=True)
WITHIN_S = 30.0


class Driver:
    """A loop of `select` around a process."""

    def __init__(self, encoder: str = "libx264") -> None:
        self.process = TranscodeProcess(encoder)
        self.events: list[Event] = []

    def turn(self, wait_s: float = 0.02) -> None:
        self.process.poll()
        connection = self.process.socket
        if connection is not None:
            unsent = [connection] if self.process.has_unsent else []
            readable, writable, _ = select.select([connection], unsent, [], wait_s)
            if writable:
                self.process.send()
            if readable:
                self.process.receive()
        else:
            select.select([], [], [], wait_s)
        self.events += self.process.events()

    def feed(self, frames: Iterable[TimedFrame], *, patient: bool = True) -> None:
        """As quickly as they are taken, or all at once."""
        for each in frames:
            deadline_s = time.monotonic() + WITHIN_S
            while patient and self.process.behind_s > 0.3:
                assert time.monotonic() < deadline_s
                self.turn()
            self.process.take(each)
            self.turn(0)

    def settle(self) -> None:
        """Until everything was answered."""
        deadline_s = time.monotonic() + WITHIN_S
        while self.process.size_bytes or self.process.socket is None:
            assert time.monotonic() < deadline_s
            self.turn()

    def made(self, name: str) -> list[TimedFrame]:
        return [each.frame for each in self.events if isinstance(each, Made) and each.rendition == name]

    def of(self, kind: type) -> list[Event]:
        return [each for each in self.events if isinstance(each, kind)]


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.process.close()


def is_there(process_id: int) -> bool:
    """Whether it runs; one that is dead and not waited for does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(process_id: int) -> bool:
    deadline_s = time.monotonic() + WITHIN_S
    while is_there(process_id):
        if time.monotonic() > deadline_s:
            return False
        select.select([], [], [], 0.02)
    return True


def test_a_killed_process_is_started_again_and_one_that_stands_still_drops_groups(driver: Driver) -> None:
    frames = timed(play(Show("VP8", end_s=40)))
    seconds = [[each for each in frames if second <= each.time_s < second + 1] for second in range(40)]
    driver.process.configure((SMALL, AAC))
    driver.settle()
    driver.feed(seconds[0] + seconds[1])
    first = driver.process.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    driver.feed(seconds[2] + seconds[3])
    driver.settle()
    (died,) = driver.of(Died)
    assert died == Died(-signal.SIGKILL, died.again_in_s)  # type: ignore[union-attr]
    assert driver.process.process_id != first

    second = driver.process.process_id
    assert second is not None
    driver.feed(seconds[4] + seconds[5])
    driver.settle()
    os.kill(second, signal.SIGSTOP)
    for each in seconds[6:30]:
        driver.feed(each, patient=False)
    assert len(driver.of(FellBehind)) == 1
    assert driver.process.behind_s > MAX_BEHIND_S
    assert driver.process.size_bytes < 1_000_000
    os.kill(second, signal.SIGCONT)
    driver.settle()
    for each in seconds[30:]:
        driver.feed(each)
    driver.settle()
    assert driver.process.process_id == second
    assert driver.process.dropped_groups == 1

    pictures = driver.made("48p")
    assert {int(each.time_s) for each in pictures} >= {0, 4, 5, 6, *range(31, 39)}
    assert not any(9 < each.time_s < 29 for each in pictures)
    begins = [b for a, b in pairwise(pictures) if b.time_s - a.time_s > 2 / FPS]
    assert begins
    assert all(each.frame.keyframe for each in begins)
    assert out_of_step_s(watch(pictures + driver.made("aac"))) < 0.04


def test_it_ends_when_nothing_is_wanted_and_when_it_is_closed_even_if_it_stands_still(driver: Driver) -> None:
    driver.process.configure((AAC,))
    driver.settle()
    first = driver.process.process_id
    assert first is not None
    driver.process.configure(())
    assert gone(first)
    driver.process.configure((AAC,))
    driver.settle()
    second = driver.process.process_id
    assert second is not None
    os.kill(second, signal.SIGSTOP)
    driver.process.close()
    assert not is_there(second)
    assert not driver.of(Died)


def test_nothing_is_left_when_its_parent_is_killed() -> None:
    program = (
        "import select, sys\n"
        "from recorder.transcode.plan import AAC_BPS, Codec, Rendition\n"
        "from recorder.transcode.process import TranscodeProcess\n"
        "process = TranscodeProcess('libx264')\n"
        "process.configure((Rendition('aac', Codec.AAC, AAC_BPS, asked=True),))\n"
        "process.poll()\n"
        "select.select([process.socket], [], [])\n"
        "print(process.process_id, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, signal.SIGSTOP)  # so that it cannot notice by itself
    parent.kill()
    parent.communicate()
    assert gone(child)


def test_an_encoder_that_is_not_there_is_said(driver: Driver) -> None:
    driver.process = TranscodeProcess("h264_vaapi")
    driver.process.configure((SMALL,))
    driver.settle()
    driver.feed(each for each in timed(play(Show("VP8", end_s=1))) if each.kind is Kind.VIDEO)
    driver.settle()
    (broken,) = driver.of(Broken)
    assert isinstance(broken, Broken)
    assert (broken.rendition, "h264_vaapi" in broken.detail) == ("48p", True)
