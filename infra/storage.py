"""The database's failures in the words of the rooms."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from infra.command_errors import StorageUnavailable

_log = structlog.get_logger("storage")


@contextmanager
def storage() -> Iterator[None]:
    """Raises ``StorageUnavailable`` for what the database or its network raises."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        _log.warning("storage_failed", error=type(error).__name__)
        raise StorageUnavailable("try again in a moment", retry_after_ms=2_000) from error
