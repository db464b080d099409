"""Work that is done again and again beside the rooms, such as dropping what has expired."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from infra.tasks import uninterrupted

_log = structlog.get_logger("upkeep")

HOURLY_S = 3_600.0


async def keep_doing(
    name: str, work: Callable[[], Coroutine[Any, Any, None]], every_s: float = HOURLY_S
) -> None:
    """A background task: does ``work`` at once, and then every ``every_s``, also after the database failed."""
    while True:
        try:
            await uninterrupted(work())
        except (SQLAlchemyError, OSError):
            _log.exception("upkeep_failed", work=name)
        await asyncio.sleep(every_s)
