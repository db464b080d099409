"""A PostgreSQL server started by the tests: a throw-away cluster on a free loopback port.

PostgreSQL refuses to run as root, so as root it runs as another user of the machine.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

START_WITHIN_S = 30.0


def find_postgres_binaries() -> Path | None:
    """The directory that holds ``initdb`` and ``postgres``, newest version first."""
    on_path = shutil.which("postgres")
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True
    )
    for directory in ([Path(on_path).resolve().parent] if on_path else []) + installed:
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    return None


@dataclass(frozen=True)
class PostgresServer:
    """A running server; ``create_database`` gives a URL for ``HARMONIE_DATABASE_URL``."""

    binaries: Path
    directory: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextlib.contextmanager
    def running(cls, binaries: Path) -> Iterator["PostgresServer"]:
        # pytest's own directories belong to root and let nobody else in.
        directory = Path(tempfile.mkdtemp(prefix="harmonie-postgres-"))
        server = cls(binaries, directory, _free_port())
        try:
            user = _server_user()
            if user is not None:
                os.chown(directory, user.pw_uid, user.pw_gid)
            server._initialise()
            with server._process():
                yield server
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def create_database(self, name: str = "", *, template: str = "template0") -> str:
        """A new database, empty or like its template, to which nobody may be connected."""
        name = name or f"test_{next(self._numbers)}"
        self._psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql://harmonie:secret@127.0.0.1:{self.port}/{name}"

    def _initialise(self) -> None:
        password_file = self.directory / "password"
        password_file.write_text("secret\n")
        password_file.chmod(0o644)
        self._run(
            "initdb",
            *("--pgdata", str(self.directory / "cluster"), "--username", "harmonie"),
            *("--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8", "--no-sync"),
        )

    @contextlib.contextmanager
    def _process(self) -> Iterator[None]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *_as_server_user(),
                    str(self.binaries / "postgres"),
                    "-D",
                    str(self.directory / "cluster"),
                    *flags,
                ],
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )
        try:
            self._wait_started(process)
            yield
        finally:
            process.terminate()
            process.wait(10)

    def _wait_started(self, process: "subprocess.Popen[bytes]") -> None:
        deadline_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline_s and process.poll() is None:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                self._psql("SELECT 1")
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.directory / 'log').read_text()}")

    def _psql(self, statement: str) -> None:
        self._run(
            "psql",
            *("--host", "127.0.0.1", "--port", str(self.port), "--username", "harmonie"),
            *("--dbname", "postgres", "--quiet", "--no-psqlrc", "--command", statement),
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*_as_server_user(), str(self.binaries / program), *arguments],
            check=True,
            capture_output=True,
            cwd=self.directory,
            env=os.environ | {"PGPASSWORD": "secret"},
        )


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL cannot run as root, and there is no user postgres or nobody")


def _as_server_user() -> list[str]:
    user = _server_user()
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
