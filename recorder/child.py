"""A program of ours in a process of its own, and a socket to it that nobody ever waits for.

It knows nothing of what is said. Who uses it waits for `socket` in their own loop.
"""

import contextlib
import socket
import subprocess
import sys


class ChildGone(Exception):
    """Its end of the socket is closed: it has died, or is about to."""


class Child:
    """`module` is begun with the number of its end of the socket, and then `arguments`. Raises `OSError`."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603 (our own program)
                    [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
            except OSError:
                self.socket.close()
                raise
        self.socket.setblocking(False)

    @property
    def id(self) -> int:
        return self.process.pid

    def send(self, data: bytes | bytearray) -> int:
        """How many bytes of it were taken; 0 when none are now. Raises `ChildGone`."""
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise ChildGone from error

    def receive(self, most_bytes: int) -> bytes:
        """What has come; empty when nothing has. Raises `ChildGone`."""
        try:
            data = self.socket.recv(most_bytes)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise ChildGone from error
        if not data:
            raise ChildGone
        return data

    def disconnect(self) -> None:
        """Close our end, which has the program end what it does and go."""
        with contextlib.suppress(OSError):
            self.socket.close()
