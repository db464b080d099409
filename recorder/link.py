"""The server's end of a process that writes: queues are sent to it, its events come back.

Runs on the event loop and never waits for the process: what it does not take stays in the queues, which are bounded.
Between two recordings there may be no process at all; it is started when one is needed, and again when it has died.
"""

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import structlog

from . import wire
from .child import Child, ChildGone
from .packet_queue import PacketQueue

PUMP_INTERVAL_S = 0.02
STOP_WITHIN_S = 5.0
_BATCH_BYTES = 64 << 10
_BYTES_PER_TURN = 1 << 20
"""Sent in one step of the event loop: a fraction of a millisecond of copying."""
_RECEIVE_BYTES = 1 << 16

_log = structlog.get_logger("recorder")


@dataclass(slots=True)
class _Outgoing:
    queue: PacketQueue
    closing: bool = False


Told = TypeVar("Told")


class RecorderLink(Generic[Told]):
    """`module` is the program, `events` what it tells. `on_event` is told of a recording's events, `on_lost` of the
    recordings that were open when the process died.
    """

    def __init__(
        self,
        module: str,
        events: type[Told],
        on_event: Callable[[int, Told], None],
        on_lost: Callable[[list[int]], None],
    ) -> None:
        self._module = module
        self._on_event = on_event
        self._on_lost = on_lost
        self._child: Child | None = None
        self._reader = wire.Reader()
        self._events = msgspec.msgpack.Decoder(events)
        self._outgoing: dict[int, _Outgoing] = {}
        self._open: set[int] = set()
        self._unsent = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def process_id(self) -> int | None:
        return None if self._child is None else self._child.id

    def open(self, number: int, command: msgspec.Struct, queue: PacketQueue) -> None:
        """Begin to send what comes into `queue`. Raises `OSError` when no process can be started."""
        if self._child is None:
            self._start()
        self._open.add(number)
        self._command(number, command)
        self._outgoing[number] = _Outgoing(queue)
        if self._timer is None:
            self._pump()

    def close(self, number: int) -> None:
        """Send what is left in the queue, and have the files ended; `Closed` follows."""
        outgoing = self._outgoing.get(number)
        if outgoing is not None:
            outgoing.closing = True

    async def stop(self) -> None:
        """Have every file ended and the process go, within `STOP_WITHIN_S`; what takes longer goes on without us."""
        if self._child is None:
            return
        process = self._child.process
        for outgoing in self._outgoing.values():
            outgoing.closing = True
        deadline_s = asyncio.get_running_loop().time() + STOP_WITHIN_S
        while self._open and asyncio.get_running_loop().time() < deadline_s:
            self._flush()
            await asyncio.sleep(PUMP_INTERVAL_S)
        self._disconnect()
        try:
            await asyncio.to_thread(process.wait, max(0.1, deadline_s - asyncio.get_running_loop().time()))
        except subprocess.TimeoutExpired:
            _log.warning("recorder_still_writing", process=process.pid)

    def _start(self) -> None:
        self._child, self._reader = Child(self._module), wire.Reader()
        self._unsent.clear()
        asyncio.get_running_loop().add_reader(self._child.socket, self._receive)
        _log.info("recorder_started", module=self._module, process=self._child.id)

    def _pump(self) -> None:
        self._timer = None
        self._flush()
        if self._outgoing:
            self._timer = asyncio.get_running_loop().call_later(PUMP_INTERVAL_S, self._pump)

    def _flush(self) -> None:
        sent = 0
        while self._child is not None and sent < _BYTES_PER_TURN:
            if not self._unsent and not self._fill():
                return
            try:
                count = self._child.send(self._unsent)
            except ChildGone:
                self._lose(self._child)
                return
            if not count:
                return
            sent += count
            del self._unsent[:count]

    def _fill(self) -> bool:
        """Takes a batch of every queue; whether there was anything."""
        for number, outgoing in list(self._outgoing.items()):
            if body := outgoing.queue.take(_BATCH_BYTES):
                self._unsent += wire.message(wire.RECORDS, number, body)
            elif outgoing.closing:
                del self._outgoing[number]
                self._command(number, wire.Close())
        return bool(self._unsent)

    def _command(self, number: int, command: msgspec.Struct) -> None:
        self._unsent += wire.message(wire.COMMAND, number, msgspec.msgpack.encode(command))

    def _receive(self) -> None:
        assert self._child is not None
        try:
            data = self._child.receive(_RECEIVE_BYTES)
        except ChildGone:
            self._lose(self._child)
            return
        for _, number, body in self._reader.feed(data):
            event = self._events.decode(body)
            if isinstance(event, wire.Closed):
                self._open.discard(number)
                self._outgoing.pop(number, None)
            self._on_event(number, event)

    def _lose(self, child: Child) -> None:
        lost, self._open = list(self._open), set()
        self._outgoing.clear()
        self._disconnect()
        status = child.process.poll()
        _log.error("recorder_died", module=self._module, status=status, recordings=len(lost))
        self._on_lost(lost)

    def _disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._child is not None:
            asyncio.get_running_loop().remove_reader(self._child.socket)
            self._child.disconnect()
            self._child = None
