"""The one group that background tasks live in.

A task started here is named, kept from being garbage-collected, cancelled at the end, and watched: when one
crashes, the error is logged and ``failed`` is set, which stops the process loudly. A task that simply returns is
forgotten. It does not restart anything: a task that wants to survive its own errors catches them.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

_log = structlog.get_logger("tasks")

T = TypeVar("T")


class TaskCrashed(Exception):
    """A background task ended with an error; the cause is chained."""


class BackgroundTasks:
    """Owns background tasks from ``start`` to ``close``."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._crash: TaskCrashed | None = None
        self._crashed = asyncio.Event()
        self._closing = False

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs ``work`` until it ends or the group closes."""
        if self._closing:
            work.close()
            raise RuntimeError(f"background task {name!r} started while the group is closing")
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    async def wait_crashed(self) -> TaskCrashed:
        """Returns once any task has crashed."""
        await self._crashed.wait()
        assert self._crash is not None
        return self._crash

    async def close(self) -> None:
        """Cancels what still runs and waits for it."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        _log.critical("background_task_crashed", task=task.get_name(), exc_info=error)
        if self._crash is None:
            self._crash = TaskCrashed(task.get_name())
            self._crash.__cause__ = error
            self._crashed.set()


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Runs ``work`` to its end even if the caller is cancelled meanwhile; the cancellation follows then.

    For background tasks that use the database: a statement that is cancelled half-way may leave SQLite's connection
    in a state in which it never closes, and with it the process.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            # Cancelled again: whoever stops a room, and then the group.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("background_work_failed", error=type(error).__name__)
        raise
