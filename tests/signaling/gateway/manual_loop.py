"""An event loop that does what it is told: time passes when somebody says so, and one step is run at a time."""

import heapq
from collections import deque
from collections.abc import Callable
from typing import Any


class ManualHandle:
    """What ``call_soon`` and ``call_at`` give."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualLoop:
    """As much of a loop as something needs that only wants to be called."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self._ready: deque[ManualHandle] = deque()
        self._timers: list[tuple[float, int, ManualHandle]] = []
        self._count = 0

    def time(self) -> float:
        return self.now_s

    def call_soon(self, call: Callable[..., None], *arguments: Any) -> ManualHandle:
        handle = ManualHandle(lambda: call(*arguments))
        self._ready.append(handle)
        return handle

    def call_at(self, when_s: float, call: Callable[..., None], *arguments: Any) -> ManualHandle:
        handle = ManualHandle(lambda: call(*arguments))
        self._count += 1
        heapq.heappush(self._timers, (when_s, self._count, handle))
        return handle

    def call_later(self, delay_s: float, call: Callable[..., None], *arguments: Any) -> ManualHandle:
        return self.call_at(self.now_s + delay_s, call, *arguments)

    def step(self) -> bool:
        """Runs what is next, if anything is."""
        while self._timers and self._timers[0][0] <= self.now_s:
            self._ready.append(heapq.heappop(self._timers)[2])
        if not self._ready:
            return False
        handle = self._ready.popleft()
        if not handle.cancelled:
            handle.call()
        return True

    def next_due_s(self) -> float | None:
        """When a timer is due, if there is one."""
        return self._timers[0][0] if self._timers else None

    def run_until(self, when_s: float) -> None:
        """What is due before then, as far as there is time for it: each step may take some."""
        while self.now_s < when_s:
            if self.step():
                continue
            due_s = self.next_due_s()
            self.now_s = when_s if due_s is None else min(max(self.now_s, due_s), when_s)
