"""The recorder's process: records come in by a socket, files go out. `python -m recorder.worker FD`.

One for all recordings of a server. It ends when the socket does, and ends every file before: also when the server was
killed. Signals that are for the server (a terminal sends them to both) are left to it.
"""

import os
import select
import signal
import socket
import sys
import time

import msgspec

from . import wire
from .flusher import Flusher
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


class Worker:
    """Messages in, messages out."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = wire.Reader()
        self._commands = msgspec.msgpack.Decoder(wire.Command)
        self._encoder = msgspec.msgpack.Encoder()
        self._flusher = Flusher()
        self._writers: dict[int, tuple[RecordingWriter, _Clock]] = {}

    def run(self) -> None:
        """Until the other end closes."""
        self._flusher.start()
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
            match self._commands.decode(body):
                case wire.Open() as command:
                    self._open(number, command)
                case wire.Close():
                    self._close(number)
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

    def _open(self, number: int, command: wire.Open) -> None:
        try:
            self._writers[number] = (RecordingWriter(command, self._flusher), _Clock())
        except OSError as error:
            self._tell(number, [wire.Stopped("failed", str(error)), wire.Closed(0, 0)])

    def _close(self, number: int) -> None:
        entry = self._writers.pop(number, None)
        if entry is not None:
            writer, clock = entry
            self._tell(number, writer.close(clock.now_s()))

    def _tell(self, number: int, events: list[wire.Event]) -> None:
        for event in events:
            data = wire.message(wire.EVENT, number, self._encoder.encode(event))
            try:
                self._connection.sendall(data)
            except OSError:
                return  # the server is gone; the files are what counts


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    os.nice(_NICENESS)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        Worker(connection).run()


if __name__ == "__main__":
    main()
