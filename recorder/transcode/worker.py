"""The process that transcodes one broadcast: `python -m recorder.transcode.worker FD PARENT_PID ENCODER`.

Encoded frames come in by a socket and leave by it, one message after another. It ends when the socket does, and is
killed by the kernel when its parent dies, also while it is stopped. Signals that are for the server (a terminal sends
them to all) are left to it.
"""

import os
import queue
import signal
import socket
import sys
import threading
import traceback
from typing import assert_never

import av
import msgspec

from infra.leashed import die_with_parent
from media.description import Kind

from .pictures import PictureTranscoder
from .sounds import SoundTranscoder
from .wire import Answer, Command, Configure, Handled, Reader, Take, message

_RECEIVE_BYTES = 1 << 18

av.logging.set_level(av.logging.PANIC)  # what matters is raised


class Lane:
    """Commands of one kind in, answers out."""

    def __init__(self, kind: Kind, encoder: str) -> None:
        self._kind = kind
        self._transcoder = PictureTranscoder(encoder) if kind is Kind.VIDEO else SoundTranscoder()

    def handle(self, command: Command) -> list[Answer]:
        match command:
            case Configure(_, renditions):
                return [*self._transcoder.configure(renditions), Handled(self._kind)]
            case Take(timed):
                return [*self._transcoder.take(timed), Handled(self._kind)]
        assert_never(command)


class Worker:
    """Sound is encoded as it comes; pictures in a thread of their own, which sound does not wait for. What waits for
    that thread is bounded by who sends it: by what was not answered.
    """

    def __init__(self, connection: socket.socket, encoder: str) -> None:
        self._connection = connection
        self._pictures, self._sound = Lane(Kind.VIDEO, encoder), Lane(Kind.AUDIO, encoder)
        self._waiting: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Until the other end closes."""
        threading.Thread(target=self._encode_pictures, daemon=True).start()
        reader, decoder = Reader(), msgspec.msgpack.Decoder(Command)
        try:
            while data := self._connection.recv(_RECEIVE_BYTES):
                for body in reader.feed(data):
                    self._sort(decoder.decode(body))
        except ConnectionError:
            return  # nobody is left to tell

    def _sort(self, command: Command) -> None:
        kind = command.kind if isinstance(command, Configure) else command.frame.kind
        if kind is Kind.VIDEO:
            self._waiting.put(command)
        else:
            self._send(self._sound.handle(command))

    def _encode_pictures(self) -> None:
        try:
            while True:
                self._send(self._pictures.handle(self._waiting.get()))
        except BaseException:
            traceback.print_exc()
            os._exit(1)  # a process without pictures is no use, and is started again

    def _send(self, answers: list[Answer]) -> None:
        data = b"".join(map(message, answers))
        with self._sending:
            self._connection.sendall(data)


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    die_with_parent(int(sys.argv[2]), signal.SIGKILL)
    # No nicer than the process of HLS, whose niceness it has: where there is other work, ten more would starve it.
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        Worker(connection, sys.argv[3]).serve()
        os._exit(0)  # there is nothing to be saved, and nothing to be waited for


if __name__ == "__main__":
    main()
