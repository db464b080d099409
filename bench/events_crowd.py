"""A crowd of event clients in one process, as cheap as can be: raw sockets, one epoll, nothing decoded but samples.

Every socket is followed to the last event, so that a number is what arrived and not what was sent. Latency is taken
from every `SAMPLE_EVERY`th socket: the event's own time to the moment its bytes were read, on one machine's clock.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import select
import socket
import sys
import time
from typing import Any

SAMPLE_EVERY = 25
SAMPLES_AFTER = 32
"""Other sockets read between two looks at the samples, so that the crowd's own queue is no part of a latency."""
AT_ONCE = 200
"""Handshakes under way."""
TAIL_BYTES = 4_096
REST_S = 0.002
"""Between two looks at all sockets: it saves wake-ups, and is part of every latency."""
_HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: harmonie.json\r\n"
    b"X-Forwarded-For: 10.0.%d.%d\r\n\r\n"
)
_AT = re.compile(rb'"at_ns":(\d+)')
_OFFSET = re.compile(rb'"offset":(\d+)')


class Client:
    """One socket."""

    __slots__ = ("fd", "is_sample", "offset", "socket", "tail")

    def __init__(self, connection: socket.socket, *, is_sample: bool) -> None:
        self.socket = connection
        self.fd = connection.fileno()
        self.is_sample = is_sample
        self.tail = b""
        self.offset = 0


class Crowd:
    """All of them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._epoll = select.epoll()
        self._samples = select.epoll()
        self._epoll.register(self._samples.fileno(), select.EPOLLIN)
        self._clients: dict[int, Client] = {}
        self._buffer = bytearray(1 << 20)
        self._latencies_ms: list[float] = []
        self._bytes = 0
        self._lost = 0
        self._numbers = itertools.count()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "join":
                return self._join(order["count"])
            case "follow":
                return self._follow(order["seconds"])
            case "until":
                return self._until(order["offset"])
            case other:
                raise ValueError(other)

    def _join(self, count: int) -> dict[str, Any]:
        left = count
        while left > 0:
            batch = [self._connect() for _ in range(min(left, AT_ONCE))]
            for client in batch:
                _read_past(client.socket, b"\r\n\r\n", b'"welcome"')
                client.socket.sendall(_masked(b'{"type":"join","id":1,"room":"bench"}'))
            for client in batch:
                _read_past(client.socket, b'"joined"')
                client.socket.setblocking(False)
                self._clients[client.fd] = client
                (self._samples if client.is_sample else self._epoll).register(client.fd, select.EPOLLIN)
            left -= len(batch)
        return {"joined": len(self._clients)}

    def _connect(self) -> Client:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        number = next(self._numbers)
        connection.sendall(_HANDSHAKE % (number >> 8 & 255, number & 255))
        return Client(connection, is_sample=number % SAMPLE_EVERY == 0)

    def _follow(self, seconds: float) -> dict[str, Any]:
        """Reads for so long, keeping nothing: for what is not counted."""
        until_s = time.monotonic() + seconds
        before = self._bytes
        while time.monotonic() < until_s:
            self._look(0.05)
        self._latencies_ms.clear()
        return {"bytes": self._bytes - before}

    def _until(self, offset: int) -> dict[str, Any]:
        """Reads until every socket has had the event with this number; `offset` 0 reads until told on stdin."""
        began_s, before = time.monotonic(), self._bytes
        self._latencies_ms.clear()
        cpu_s = time.process_time()
        stdin = select.poll()
        stdin.register(sys.stdin.fileno(), select.POLLIN)
        target = offset
        while not target or any(each.offset < target for each in self._clients.values()):
            self._look(0.05)
            if not target and stdin.poll(0):
                target = json.loads(sys.stdin.readline())["offset"]
            if time.monotonic() > began_s + 60:
                break
        behind = sum(each.offset < target for each in self._clients.values())
        latencies = sorted(self._latencies_ms) or [0.0]
        return {
            "elapsed_s": time.monotonic() - began_s,
            "cpu_s": time.process_time() - cpu_s,
            "bytes": self._bytes - before,
            "behind": behind,
            "lost": self._lost,
            "samples": len(self._latencies_ms),
            "p50_ms": latencies[len(latencies) // 2],
            "p99_ms": latencies[int(len(latencies) * 0.99)],
            "max_ms": latencies[-1],
        }

    def _look(self, timeout_s: float) -> None:
        for number, (fd, _) in enumerate(self._epoll.poll(timeout_s, 8_192)):
            if number % SAMPLES_AFTER == 0:
                for sample, _ in self._samples.poll(0):
                    self._read(self._clients[sample], self._samples)
            if fd in self._clients:
                self._read(self._clients[fd], self._epoll)
        time.sleep(REST_S)

    def _read(self, client: Client, epoll: select.epoll) -> None:
        try:
            size = client.socket.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._lost += 1
            epoll.unregister(client.fd)
            del self._clients[client.fd]
            return
        self._bytes += size
        now_ns = time.monotonic_ns()
        data = client.tail + bytes(self._buffer[max(0, size - TAIL_BYTES) : size])
        if client.is_sample:
            for found in _AT.finditer(self._buffer, 0, size):
                self._latencies_ms.append((now_ns - int(found[1])) / 1e6)
        last = data.rfind(b'"offset":')
        if last >= 0 and (found_last := _OFFSET.match(data, last)) is not None:
            client.offset = int(found_last[1])
        client.tail = data[-24:]


def _read_past(connection: socket.socket, *marks: bytes) -> None:
    data = b""
    while not all(mark in data for mark in marks):
        chunk = connection.recv(65_536)
        if not chunk:
            raise ConnectionError(f"the server closed the connection after {data[-300:]!r}")
        data += chunk


def _masked(payload: bytes) -> bytes:
    """A client's text frame; the mask is zero, which is as good as any here."""
    return bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    crowd = Crowd(parser.parse_args().port)
    print(json.dumps({"ready": True}), flush=True)
    while line := sys.stdin.readline():
        print(json.dumps(crowd.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
