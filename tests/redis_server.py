"""A Redis server started by the tests, on a unix socket in a directory of its own, ended by its own handle.

It keeps nothing on disk unless ``appendonly``, and can be killed, stopped in its tracks and started again.
"""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

START_WITHIN_S = 15.0


def find_redis_server() -> str | None:
    """The program, when it is installed."""
    return shutil.which("redis-server")


@dataclass
class RedisServer:
    """``running`` is the way in; ``url`` is for ``HARMONIE_REDIS_URL``."""

    program: str
    directory: Path
    appendonly: bool = False
    password: str = ""
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @classmethod
    @contextlib.contextmanager
    def running(
        cls, program: str, *, appendonly: bool = False, password: str = ""
    ) -> Iterator["RedisServer"]:
        # Short, because the path of a unix socket has about a hundred characters at most.
        directory = Path(tempfile.mkdtemp(prefix="harmonie-redis-"))
        server = cls(program, directory, appendonly, password)
        try:
            server.start()
            yield server
        finally:
            server.kill()
            shutil.rmtree(directory, ignore_errors=True)

    @property
    def socket_path(self) -> Path:
        return self.directory / "redis.sock"

    @property
    def url(self) -> str:
        secret = f":{self.password}@" if self.password else ""
        return f"unix://{secret}{self.socket_path}"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes" if self.appendonly else "no",
            "appendfsync": "always",
            "maxmemory": "100mb",
            **({"requirepass": self.password} if self.password else {}),
        }
        flags = [flag for name, value in options.items() for flag in (f"--{name}", value)]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen([self.program, *flags], stdout=log, stderr=log)
        deadline_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline_s and self.process.poll() is None:
            with contextlib.suppress(OSError):
                answer = self.command("PING")
                if answer.startswith((b"+PONG", b"-NOAUTH")):
                    return
            time.sleep(0.02)
        raise RuntimeError(f"Redis did not start:\n{(self.directory / 'log').read_text()}")

    def kill(self) -> None:
        """SIGKILL: what was not written is lost."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It stays connected and says nothing more, until ``thaw``."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """The raw answer to one command, over a connection of its own."""
        packed = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket_path))
            connection.sendall(packed.encode())
            return connection.recv(1 << 16)

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        process.wait(10)
        with contextlib.suppress(FileNotFoundError):
            self.socket_path.unlink()
