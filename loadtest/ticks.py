"""Reads the sockets of a crowd at ticks instead of at each arrival: a fraction of the wake-ups, the same packets.

A load generator need not be prompt (arrival times are the kernel's), but must be cheap. It also leaves the server's
sends without a sleeper to wake, as it is with viewers on other machines. Linux only (epoll).
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable

TICK_S = 0.01


class TickPoller:
    """Calls back, once a tick, for each added socket that has something to read."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, sock: socket.socket, readable: Callable[[], None]) -> None:
        """Begin to watch a socket; `remove` it before it is closed."""
        self._callbacks[sock.fileno()] = readable
        self._epoll.register(sock, select.EPOLLIN)
        if self._timer is None:
            self._timer = self._loop.call_later(self._tick_s, self._tick)

    def remove(self, sock: socket.socket) -> None:
        """Watch it no longer; harmless when it was not watched."""
        if self._callbacks.pop(sock.fileno(), None) is not None:
            self._epoll.unregister(sock)
        if not self._callbacks and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Release the epoll instance; the sockets are the caller's."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._callbacks.clear()
        self._epoll.close()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(self._tick_s, self._tick)
        callbacks = self._callbacks
        for descriptor, _ in self._epoll.poll(0, max(1, len(callbacks))):
            if (readable := callbacks.get(descriptor)) is not None:
                readable()
