"""The group of background tasks."""

import asyncio

import pytest

from infra.tasks import BackgroundTasks, uninterrupted


async def test_a_crash_is_told_with_its_task_and_cause() -> None:
    tasks = BackgroundTasks()

    async def crash() -> None:
        raise ValueError("broken string")

    tasks.start("guitar", crash())
    crashed = await tasks.wait_crashed()
    assert str(crashed) == "guitar"
    assert isinstance(crashed.__cause__, ValueError)
    await tasks.close()


async def test_closing_cancels_what_runs_and_waits_for_it() -> None:
    tasks = BackgroundTasks()
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def run() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start("drums", run())
    await begun.wait()
    await tasks.close()
    assert ended.is_set()
    assert len(tasks) == 0


async def test_a_task_that_returns_is_forgotten() -> None:
    tasks = BackgroundTasks()

    async def done() -> None: ...

    await tasks.start("triangle", done())
    assert len(tasks) == 0
    await tasks.close()


async def test_nothing_starts_while_closing() -> None:
    tasks = BackgroundTasks()
    await tasks.close()

    async def late() -> None: ...

    with pytest.raises(RuntimeError, match="latecomer"):
        tasks.start("latecomer", late())


async def test_what_must_not_be_left_half_done_is_done_before_the_cancellation_counts() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def work() -> None:
        begun.set()
        await may_end.wait()
        done.append("done")

    task = asyncio.create_task(uninterrupted(work()))
    await begun.wait()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["done"]


async def test_an_error_of_such_work_is_the_callers() -> None:
    async def work() -> None:
        raise ValueError("out of tune")

    with pytest.raises(ValueError, match="out of tune"):
        await uninterrupted(work())
