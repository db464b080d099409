"""What every service of this room works with."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from chat.ids import MessageIds
from chat.moderation_log import Done, LogEntry, Person
from chat.people import Speaker
from chat.writer import LineWriter
from infra.database import Database
from infra.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Tools:
    database: Database
    outbox: Outbox
    writer: LineWriter
    ids: MessageIds
    now_ms: Callable[[], int]

    def new_id(self) -> str:
        """Sorts after every id this process has made."""
        return self.ids.next(self.now_ms(), secrets.randbits(40))

    def entry(
        self,
        by: Speaker,
        action: Done,
        *,
        user: Person | None = None,
        duration_s: int | None = None,
        reason: str = "",
        message: str | None = None,
        details: str = "",
    ) -> LogEntry:
        """A new entry of the log."""
        return LogEntry(
            id=self.new_id(),
            at_ms=self.now_ms(),
            by=person(by),
            action=action,
            user=user,
            duration_s=duration_s,
            reason=reason,
            message=message,
            details=details,
        )


def person(speaker: Speaker) -> Person:
    return Person(speaker.id, speaker.name)
