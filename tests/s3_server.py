"""An S3 server started by the tests: moto's, a process of its own that speaks S3 over HTTP. Ended by its own handle.

It can be killed and started again at the same address, and then has nothing.
"""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

START_WITHIN_S = 60.0
BUCKET = "harmonie"


@dataclass
class S3Server:
    """``running`` is the way in; ``endpoint`` is for ``HARMONIE_RECORDING_STORE_ENDPOINT``."""

    port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator["S3Server"]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            server = cls(free.getsockname()[1])
        try:
            server.start()
            yield server
        finally:
            server.kill()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it with an empty bucket, and waits until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until_s = time.monotonic() + START_WITHIN_S
        while True:
            try:
                self.call("PUT", f"/{BUCKET}")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until_s:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Not by the client that is tested."""
        request = urllib.request.Request(
            self.endpoint + path,
            data=body,
            method=method,
            headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
