"""The process that transcodes one broadcast: `python -m recorder.transcode.worker FD PARENT_PID ENCODER`.

Encoded frames come in by a socket and leave by it, one message after another; nothing waits here. It ends when the
socket does, and is killed by the kernel when its parent dies, also while it is stopped. Signals that are for the server
(a terminal sends them to all) are left to it.
"""

import os
import signal
import socket
import sys
from typing import assert_never

import av
import msgspec

from infra.leashed import die_with_parent
from media.description import Kind

from .pictures import PictureTranscoder
from .sounds import SoundTranscoder
from .wire import Answer, Command, Configure, Handled, Reader, Take, message

_RECEIVE_BYTES = 1 << 18
_NICENESS = 10

av.logging.set_level(av.logging.PANIC)  # what matters is raised


class Transcoder:
    """Commands in, answers out."""

    def __init__(self, encoder: str) -> None:
        self._pictures = PictureTranscoder(encoder)
        self._sounds = SoundTranscoder()

    def handle(self, command: Command) -> list[Answer]:
        match command:
            case Configure(renditions):
                pictures = [each for each in renditions if each.kind is Kind.VIDEO]
                sounds = [each for each in renditions if each.kind is Kind.AUDIO]
                return [*self._pictures.configure(pictures), *self._sounds.configure(sounds), Handled()]
            case Take(timed):
                take = self._pictures.take if timed.kind is Kind.VIDEO else self._sounds.take
                return [*take(timed), Handled()]
        assert_never(command)


def serve(connection: socket.socket, transcoder: Transcoder) -> None:
    """Until the other end closes."""
    reader, decoder = Reader(), msgspec.msgpack.Decoder(Command)
    try:
        while data := connection.recv(_RECEIVE_BYTES):
            for body in reader.feed(data):
                answers = transcoder.handle(decoder.decode(body))
                connection.sendall(b"".join(map(message, answers)))
    except ConnectionError:
        return  # nobody is left to tell


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    die_with_parent(int(sys.argv[2]), signal.SIGKILL)
    os.nice(_NICENESS)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection, Transcoder(sys.argv[3]))


if __name__ == "__main__":
    main()
