"""The recorder's real process, fed by a test."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from recorder import wire

T = TypeVar("T", bound=wire.Event)


class Process:
    """Use as a context: what still runs is killed."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.socket = ours
        self._process = subprocess.Popen(
            [sys.executable, "-m", "recorder.worker", str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self.socket.settimeout(20)
        self._reader = wire.Reader()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self._process.kill()
        self._process.wait()

    def command(self, number: int, command: wire.Command) -> None:
        self.socket.sendall(wire.message(wire.COMMAND, number, msgspec.msgpack.encode(command)))

    def open(self, number: int, directory: Path, *, keep_free_bytes: int = 0) -> None:
        self.command(number, wire.Open(str(directory), 1, keep_free_bytes))

    def records(self, number: int, records: Iterable[wire.Record]) -> None:
        for record in records:
            match record:
                case wire.PacketRecord():
                    body = wire.packet_record(record)
                case wire.ReportRecord():
                    body = wire.report_record(record)
                case wire.PublisherRecord():
                    body = wire.publisher_record()
            self.socket.sendall(wire.message(wire.RECORDS, number, body))

    def event(self, number: int, kind: type[T]) -> T:
        """The next event of this kind; others are passed over."""
        while True:
            for _, of, body in self._reader.feed(self.socket.recv(65_536)):
                event = msgspec.msgpack.decode(body, type=wire.Event)
                if of == number and isinstance(event, kind):
                    return event

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self) -> int:
        return self._process.wait(20)
