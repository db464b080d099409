"""What other rooms may know of people: their names, and who is meant by one."""

from collections.abc import Collection, Mapping, Sequence

from accounts.audit import Action
from accounts.emails import email
from accounts.errors import UserNotFound
from accounts.ethereum import Address
from accounts.identity import Role, UserId
from accounts.repository import audit, directory, users
from infra.clock import Clock, utc_now
from infra.database import Database

NAMESAKES_MAX = 5


class PeopleDirectory:
    """Reads people; the one thing it writes is that somebody became an artist."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def display_names(self, user_ids: Collection[UserId], /) -> Mapping[UserId, str]:
        """Names by id; whoever deleted their account, or never was, is left out."""
        async with self._database.read() as session:
            return await directory.display_names(session, user_ids)

    async def barred(self, user_ids: Collection[UserId], /) -> Collection[UserId]:
        """Those of them who may do nothing here now: suspended, deleted, or never there."""
        async with self._database.read() as session:
            return set(user_ids) - await directory.active(session, user_ids)

    async def known(self, user_ids: Collection[UserId], /) -> Mapping[UserId, tuple[str, bool]]:
        """Names and whether they are admins, by id; whoever deleted their account, or never was, is left out."""
        async with self._database.read() as session:
            found = await directory.known(session, user_ids)
        return {user_id: (name, role is Role.ADMIN) for user_id, (name, role) in found.items()}

    async def by_wallets(self, wallets: Collection[Address], /) -> Mapping[Address, tuple[UserId, str, bool]]:
        """Whose these are: ids, names and whether they are admins; suspended and deleted people are left out."""
        async with self._database.read() as session:
            found = await directory.by_wallets(session, wallets)
        return {
            wallet: (user_id, name, role is Role.ADMIN) for wallet, (user_id, name, role) in found.items()
        }

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        """Whoever has this id, else everyone who has exactly this display name (at most five)."""
        async with self._database.read() as session:
            user_id = UserId(id_or_display_name)
            if await directory.display_names(session, [user_id]):
                return [user_id]
            return await directory.with_display_name(session, id_or_display_name, NAMESAKES_MAX)

    async def meant(self, who: str) -> UserId:
        """Whoever has this address or this id. Raises ``EmailInvalid``, ``UserNotFound``."""
        by_address = "@" in who
        checked = email(who) if by_address else None
        async with self._database.read() as session:
            if checked is not None:
                user = await users.by_email(session, checked)
            else:
                user = await users.get(session, UserId(who))
        if user is None or user.deleted_at is not None:
            raise UserNotFound(
                f"nobody has the address {checked}" if by_address else f"nobody has the id {who[:64]!r}"
            )
        return user.id

    async def became_artist(self, user_id: UserId, /) -> None:
        """This person has a channel now. Does nothing when they are an artist or more already."""
        async with self._database.write() as session:
            user = await users.get_for_update(session, user_id)
            if user is None or user.role is not Role.USER:
                return
            await users.set_role(session, user_id, Role.ARTIST)
            await audit.append(
                session,
                Action.ROLE_CHANGED,
                at=self._clock(),
                actor=user_id,
                subject=user_id,
                details={"from": Role.USER.value, "to": Role.ARTIST.value},
            )
