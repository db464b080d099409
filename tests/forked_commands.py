"""The command `harmonie`, forked from a process that has imported everything already.

Importing takes most of the seconds in which a server starts, and the suites start far over a hundred. What runs is the
same program with an environment, a working directory, files and a process id of its own. That the command starts by
itself is what `tests/server` shows, which does without this where the start is what matters.

    python -m tests.forked_commands FD     the process that forks; it goes when the socket FD ends
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ASK_EVERY_S = 0.01
_REQUEST_BYTES = 1 << 20
_FILES = 4
"""Those of a request: its standard input, output and error, and the socket on which its end is told."""


class Forked:
    """A running command; as much of `asyncio.subprocess.Process` as tests use, on any event loop."""

    def __init__(self, ended: socket.socket) -> None:
        self._ended = ended
        self._ended.settimeout(None)
        self.pid = int.from_bytes(ended.recv(8), "little")
        self._ended.setblocking(False)
        self._returncode: int | None = None

    @property
    def returncode(self) -> int | None:
        if self._returncode is None:
            with contextlib.suppress(BlockingIOError):
                told = self._ended.recv(8)
                self._returncode = int.from_bytes(told, "little", signed=True) if told else -signal.SIGKILL
                self._ended.close()
        return self._returncode

    async def wait(self) -> int:
        while (code := self.returncode) is None:
            await asyncio.sleep(ASK_EVERY_S)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that forks, started with the first command."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        output: IO[bytes],
        errors: IO[bytes] | None = None,
        typed: bytes = b"",
    ) -> Forked:
        """`harmonie ARGUMENTS`; `output` takes what it prints, `errors` what it prints as errors when it is
        given. `typed` is on its standard input, up to 64 KiB."""
        if self._socket is None:
            self._socket = _start_forking()
        request = json.dumps({"arguments": list(arguments), "env": dict(env), "cwd": str(cwd)}).encode()
        ours, theirs = socket.socketpair()
        stdin, typing = os.pipe()
        os.write(typing, typed)
        os.close(typing)
        files = [stdin, output.fileno(), (errors or output).fileno(), theirs.fileno()]
        socket.send_fds(self._socket, [request], files)
        os.close(stdin)
        theirs.close()
        return Forked(ours)


def _start_forking() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for each in (ours, theirs):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _REQUEST_BYTES)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=Path(__file__).parents[1],
            start_new_session=True,  # an interrupt on the terminal is the tests' to handle
        )
    return ours


def _fork_until_the_socket_ends(requests: socket.socket) -> list[str] | None:
    """Returns twice: in each child what it is to run, and here `None`."""
    children: dict[int, tuple[int, int]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not requests:
                    _tell_of_the_end(*children.pop(key.fd))
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    continue
                request, files, _, _ = socket.recv_fds(requests, _REQUEST_BYTES, _FILES)
                if not request:
                    return None
                pid = os.fork()
                if pid == 0:
                    requests.close()
                    for fd, (_, ended) in children.items():
                        os.close(fd)
                        os.close(ended)
                    break
                for each in files[:3]:
                    os.close(each)
                os.write(files[3], pid.to_bytes(8, "little"))
                pidfd = os.pidfd_open(pid)
                children[pidfd] = (pid, files[3])
                selector.register(pidfd, selectors.EVENT_READ)
            else:
                continue
            break
    return _become(json.loads(request), files)


def _tell_of_the_end(pid: int, ended: int) -> None:
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(ended, os.waitstatus_to_exitcode(status).to_bytes(8, "little", signed=True))
    os.close(ended)


def _become(request: dict[str, object], files: list[int]) -> list[str]:
    os.setsid()
    for number, each in enumerate(files[:3]):
        os.dup2(each, number)
    for each in files:
        os.close(each)
    env, cwd, arguments = request["env"], request["cwd"], request["arguments"]
    assert isinstance(env, dict)
    assert isinstance(cwd, str)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["harmonie", *arguments]
    return arguments


def main() -> int:
    import server.app
    import server.cli
    import server.serve_command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.collect()
    gc.freeze()  # for each child too: to search what it shares with this process would copy it
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        arguments = _fork_until_the_socket_ends(requests)
    return 0 if arguments is None else server.cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
