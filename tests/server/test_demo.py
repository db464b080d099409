"""The supervised artist of the demonstration."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from server import demo
from tests.polling import eventually


@pytest.fixture
def artist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in artist that writes its process id, its key and its arguments, then does what ``act.py`` says."""
    (tmp_path / "stand_in_artist.py").write_text(
        "import os, pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "with (here / 'calls').open('a') as calls:\n"
        "    print(os.getpid(), os.environ['HARMONIE_STREAM_KEY'], *sys.argv[1:], file=calls)\n"
        "exec((here / 'act.py').read_text())\n"
    )
    (tmp_path / "act.py").write_text("sys.exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(demo, "ARTIST_MODULE", "stand_in_artist")
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    return tmp_path


async def calls(artist: Path, count: int) -> list[list[str]]:
    path = artist / "calls"

    def so_far() -> list[list[str]]:
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    return await eventually(so_far, lambda found: len(found) >= count)


async def test_it_is_told_the_key_by_environment_only_and_plays_again_when_it_dies(
    artist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "RESTART_FIRST_S", 0.0)
    playing = asyncio.create_task(demo.keep_artist_playing("http://127.0.0.1:1/whip/stage", "the-key"))
    first, second, *_ = await calls(artist, 2)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    url = "http://127.0.0.1:1/whip/stage"
    assert first[1:] == ["the-key", "--url", url, "--key-from-env", "--parent-pid", str(os.getpid())]
    assert second[0] != first[0]


async def test_it_is_ended_with_the_server_even_when_it_does_not_listen(
    artist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "TERMINATE_WITHIN_S", 0.2)
    (artist / "act.py").write_text(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n(here / 'deaf').touch()\n"
        "while True: signal.pause()\n"
    )
    playing = asyncio.create_task(demo.keep_artist_playing("http://127.0.0.1:1/whip/stage", "the-key"))
    (call,) = await calls(artist, 1)
    await eventually((artist / "deaf").exists)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    assert not Path(f"/proc/{call[0]}").exists()
