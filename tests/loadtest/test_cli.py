"""What cannot be run is said in a line, and two results are compared by a command."""

from pathlib import Path

import pytest

from loadtest.cli import main
from loadtest.outcome import write_outcome
from tests.loadtest.test_report import run_of

SMALL = "[publishers]\nwidth = 320\nheight = 180\nvideo_bps = 300_000\nkeyframe_interval_s = 1\n"


@pytest.mark.parametrize(
    ("scenario", "flags", "words"),
    [
        ("[viewers]\ncuont = 1", [], "cuont"),
        ("", ["--url", "http://8.8.8.8"], "--i-own-this-target"),
        ("", ["--url", "ftp://127.0.0.1"], "no http"),
        ("[tippers]\ntips_per_s = 1", [], "target.rpc_url"),
        ("[viewers]\nhls_share = 0.5", ["--target", "janus"], "--hls-url"),
        ("", ["--set", "viewers.count=1000000"], "viewers.count"),
        ("duration_s = 100_000", [], "duration_s"),
        ("", ["--json", "/nowhere/result.json"], "no directory /nowhere"),
        ("[publishers]\nfile = '/nowhere.mp4'", ["--viewers", "1"], "nowhere"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(
    scenario: str, flags: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(scenario)
    assert main([str(path), *flags]) == 2
    output, said = capsys.readouterr()
    assert not output
    assert words in said.replace("\n", "")
    assert "Traceback" not in said


def test_what_could_not_be_played_or_written_is_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], unused_tcp_port: int
) -> None:
    """A server that is not there, and a disk that is full."""
    path = tmp_path / "scenario.toml"
    path.write_text(SMALL + "[viewers]\ncount = 1\n")
    url, report = f"http://127.0.0.1:{unused_tcp_port}", tmp_path / "report.html"
    assert (
        main([str(path), "--url", url, "--workers", "1", "--json", "/dev/full", "--html", str(report)]) == 2
    )
    said = capsys.readouterr().err
    assert "cannot be reached (Connection refused)" in said
    assert "No space left" in said
    assert "cannot be reached" in report.read_text()


def test_two_results_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    then, now, page = tmp_path / "then.json", tmp_path / "now.json", tmp_path / "page.html"
    then.write_bytes(write_outcome(run_of(server_us=100_000, chat_ms=20)))
    now.write_bytes(write_outcome(run_of(server_us=200_000, chat_ms=20)))
    assert main(["compare", str(then), str(now), "--html", str(page)]) == 1
    assert "worse" in capsys.readouterr().out
    assert "+100.0%" in page.read_text()
    assert main(["compare", str(now), str(then)]) == 0
    assert main(["compare", str(then), str(tmp_path / "missing.json")]) == 2
