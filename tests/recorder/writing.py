"""Writes a show into files without a process of its own, as fast as it goes."""

from collections.abc import Sequence
from pathlib import Path

from recorder.wire import Event, Open, PacketRecord, Record
from recorder.writer import RecordingWriter


def write(directory: Path, records: Sequence[Record], *, keep_free_bytes: int = 0) -> list[Event]:
    """Every event but progress."""
    directory.mkdir(exist_ok=True)
    writer = RecordingWriter(Open(str(directory), 1, keep_free_bytes))
    events: list[Event] = []
    now_s = polled_s = 0.0
    for record in records:
        if isinstance(record, PacketRecord):
            now_s = record.arrival_s
        events += writer.take([record], now_s)
        if now_s - polled_s > 0.05:
            polled_s = now_s
            events += writer.poll(now_s)
    events += writer.close(now_s)
    return events


def parts(directory: Path) -> list[Path]:
    return sorted(directory.glob("part-*"))


def start_s(part: Path) -> float:
    """When a part begins, as its name says."""
    return int(part.stem.split("-")[2]) / 1000
