"""What the catalog asks of the room that knows people. ``NobodyKnown`` stands in where there is none."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from accounts.audit import Action
from accounts.identity import UserId


class People(Protocol):
    """Everyone with an account; ``accounts.services.directory`` is the real one."""

    async def display_names(self, user_ids: Collection[UserId], /) -> Mapping[UserId, str]:
        """Names by id; whoever deleted their account, or never was, is left out."""

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        """Whoever this id, else exactly this display name, could mean; at most a few of them."""

    async def became_artist(self, user_id: UserId, /) -> None:
        """This person has a channel now. Does nothing when they are an artist or more already."""

    async def barred(self, user_ids: Collection[UserId], /) -> Collection[UserId]:
        """Those of them who may do nothing here now: suspended, deleted, or never there."""


class NobodyKnown:
    """There are no accounts."""

    async def display_names(self, user_ids: Collection[UserId], /) -> Mapping[UserId, str]:
        return {}

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        return ()

    async def became_artist(self, user_id: UserId, /) -> None:
        return None

    async def barred(self, user_ids: Collection[UserId], /) -> Collection[UserId]:
        return ()


class AuditTrail(Protocol):
    """Where changes of keys, wallets and roles are written down; ``accounts.services.audit_log`` is the real one."""

    async def write(
        self, action: Action, *, actor: str, subject: str, details: Mapping[str, str] | None = None
    ) -> None: ...


class NoAudit:
    """Writes nothing down."""

    async def write(
        self, action: Action, *, actor: str, subject: str, details: Mapping[str, str] | None = None
    ) -> None:
        return None
