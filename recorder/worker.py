"""The recorder's process: records come in by a socket, files go out. `python -m recorder.worker FD`.

One for all recordings of a server, and another of the same kind for HLS (`hls.worker`). It ends when the socket does,
and ends every file before: also when the server was killed. Signals that are for the server (a terminal sends them to
both) are left to it.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from . import wire
from .writer import RecordingWriter

POLL_INTERVAL_S = 0.05
_RECEIVE_BYTES = 1 << 18
_NICENESS = 5


class _Clock:
    """The broadcast's time, from the newest packet's arrival on."""

    def __init__(self) -> None:
        self._offset_s = -time.monotonic()

    def saw(self, arrival_s: float) -> None:
        self._offset_s = max(self._offset_s, arrival_s - time.monotonic())

    def now_s(self) -> float:
        return time.monotonic() + self._offset_s


class Writer(Protocol):
    """One broadcast on its way into files. `now_s` is the broadcast's time."""

    def take(self, records: Iterable[wire.Record], now_s: float) -> Sequence[msgspec.Struct]:
        """Write what came; returns what the server is told."""

    def poll(self, now_s: float) -> Sequence[msgspec.Struct]:
        """Let time pass."""

    def close(self, now_s: float) -> Sequence[msgspec.Struct]:
        """Nothing follows. The last event is `Closed`."""


Opening = TypeVar("Opening", bound=msgspec.Struct)


class Worker(Generic[Opening]):
    """Messages in, messages out. `open_writer` takes a command of the type `opening`; it may raise `OSError`."""

    def __init__(
        self,
        connection: socket.socket,
        opening: type[Opening],
        open_writer: Callable[[Opening], Writer],
    ) -> None:
        self._connection = connection
        self._reader = wire.Reader()
        self._open_writer = open_writer
        self._commands = msgspec.msgpack.Decoder(opening | wire.Close)
        self._encoder = msgspec.msgpack.Encoder()
        self._writers: dict[int, tuple[Writer, _Clock]] = {}

    def run(self) -> None:
        """Until the other end closes."""
        polled_s = 0.0
        while True:
            if select.select([self._connection], (), (), POLL_INTERVAL_S)[0]:
                data = self._receive()
                if not data:
                    break
                for what, number, body in self._reader.feed(data):
                    self._handle(what, number, body)
            if time.monotonic() - polled_s >= POLL_INTERVAL_S:
                polled_s = time.monotonic()
                for number, (writer, clock) in self._writers.items():
                    self._tell(number, writer.poll(clock.now_s()))
        for number in list(self._writers):
            self._close(number)

    def _receive(self) -> bytes:
        try:
            return self._connection.recv(_RECEIVE_BYTES)
        except ConnectionError:  # the server was killed with our answers unread
            return b""

    def _handle(self, what: int, number: int, body: bytes) -> None:
        if what == wire.COMMAND:
            command = self._commands.decode(body)
            if isinstance(command, wire.Close):
                self._close(number)
            else:
                self._open(number, command)
            return
        entry = self._writers.get(number)
        if entry is None:
            return
        writer, clock = entry
        records = list(wire.read_records(body))
        for record in records:
            if isinstance(record, wire.PacketRecord):
                clock.saw(record.arrival_s)
        self._tell(number, writer.take(records, clock.now_s()))

    def _open(self, number: int, command: Opening) -> None:
        try:
            self._writers[number] = (self._open_writer(command), _Clock())
        except OSError as error:
            self._tell(number, [wire.Stopped("failed", str(error)), wire.Closed(0, 0)])

    def _close(self, number: int) -> None:
        entry = self._writers.pop(number, None)
        if entry is not None:
            writer, clock = entry
            self._tell(number, writer.close(clock.now_s()))

    def _tell(self, number: int, events: Sequence[msgspec.Struct]) -> None:
        for event in events:
            data = wire.message(wire.EVENT, number, self._encoder.encode(event))
            try:
                self._connection.sendall(data)
            except OSError:
                return  # the server is gone; the files are what counts


def run_worker(opening: type[Opening], open_writer: Callable[[Opening], Writer]) -> None:
    """The program: a worker on the socket whose number is the first argument."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    os.nice(_NICENESS)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        Worker(connection, opening, open_writer).run()


if __name__ == "__main__":
    run_worker(wire.Open, RecordingWriter)
