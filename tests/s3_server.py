"""An S3 server started by the tests: moto's, a process of its own that speaks S3 over HTTP. Ended by its own handle.

It can be killed and started again at the same address, and then has nothing.
"""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
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

    @contextlib.contextmanager
    def guarded(self) -> Iterator[tuple[str, str]]:
        """Within it only those get in who sign with this key's id and its secret; otherwise anybody does."""
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
        self._ask_iam("CreateUser")
        self._ask_iam("PutUserPolicy", PolicyName="all", PolicyDocument=policy)
        made = self._ask_iam("CreateAccessKey")
        key_id, secret = (
            made.partition(f"<{name}>")[2].partition("<")[0] for name in ("AccessKeyId", "SecretAccessKey")
        )
        self._check_from_request(0)
        try:
            yield key_id, secret
        finally:
            self._check_from_request(float("inf"))

    def _check_from_request(self, number: float) -> None:
        self.call("POST", "/moto-api/reset-auth", str(number).encode(), of="moto")

    def _ask_iam(self, action: str, **more: str) -> str:
        asked = {"Action": action, "Version": "2010-05-08", "UserName": "harmonie", **more}
        return self.call("POST", "/", urllib.parse.urlencode(asked).encode(), of="iam").decode()

    def call(self, method: str, path: str, body: bytes | None = None, of: str = "s3") -> bytes:
        """Not by the client that is tested."""
        request = urllib.request.Request(
            self.endpoint + path,
            data=body,
            method=method,
            headers={
                "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{of}/aws4_request",
                "Content-Type": "application/x-www-form-urlencoded" if of == "iam" else "text/plain",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
