"""Reads the audit log, checks its chain, and lets other rooms write to it."""

from collections.abc import Mapping, Sequence

from accounts.audit import Action, AuditEntry, ChainCheck
from accounts.repository import audit
from infra.clock import Clock, utc_now
from infra.database import Database

_CHECKED_AT_A_TIME = 1_000


class AuditLog:
    """The log of one server."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def write(
        self, action: Action, *, actor: str, subject: str, details: Mapping[str, str] | None = None
    ) -> None:
        """For rooms whose change is a transaction of their own; no addresses, no secrets."""
        async with self._database.write() as session:
            await audit.append(
                session, action, at=self._clock(), actor=actor, subject=subject, details=details
            )

    async def newest_first(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        async with self._database.read() as session:
            return await audit.newest_first(session, before, limit)

    async def check(self, expected_head: tuple[int, bytes] | None = None) -> ChainCheck:
        """Recomputes every hash. ``expected_head`` is an entry seen before, kept elsewhere."""
        chain = ChainCheck(expected_head)
        seq = 0
        while chain.broken_at is None:
            async with self._database.read() as session:
                entries = await audit.after(session, seq, _CHECKED_AT_A_TIME)
            if not entries:
                break
            chain.feed(entries)
            seq = entries[-1].seq
        return chain
