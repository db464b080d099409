"""Flushes files that are being written to the disk itself, about once a second, so that a power cut costs little.

In a thread of the recorder's process: nothing waits for a slow disk, which then is flushed as often as it can be.
"""

import contextlib
import os
import threading
from collections.abc import Callable

INTERVAL_S = 1.0


class Flusher:
    """``start`` begins; the thread ends with the process."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._watched: set[int] = set()
        self._ended: set[int] = set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="flusher", daemon=True).start()

    def watch(self, descriptor: int) -> Callable[[], None]:
        """Flushes what is written to an open file; returns what ends that, and does not wait."""
        ours = os.dup(descriptor)
        with self._lock:
            self._watched.add(ours)

        def end() -> None:
            with self._lock:
                if ours in self._watched:
                    self._watched.remove(ours)
                    self._ended.add(ours)

        return end

    def flush(self) -> int:
        """Once; returns how many files there were. Blocking."""
        with self._lock:
            watched, ended = sorted(self._watched), self._ended
            self._ended = set()
        for descriptor in ended:
            os.close(descriptor)
        for descriptor in watched:  # closed by this thread alone, so it is open still
            with contextlib.suppress(OSError):  # the writer hears of it when it writes
                os.fdatasync(descriptor)
        return len(watched)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._interval_s)
            self.flush()
