"""Other people's accounts, for admins and the operator at the command line."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.display_names import DELETED_NAME, display_name
from accounts.emails import email, local_part
from accounts.errors import EmailTaken, LastAdmin, RoleInvalid, SecondFactorMissing, UserNotFound
from accounts.identity import Role, UserId
from accounts.opaque_tokens import new_id
from accounts.passwords import Passwords
from accounts.records import User
from accounts.repository import audit, directory, second_factors, sessions, users
from infra.clock import Clock, utc_now
from infra.database import Database

BarredListener = Callable[[UserId], Awaitable[None]]


def parse_role(name: str) -> Role:
    """Raises ``RoleInvalid``."""
    try:
        return Role(name)
    except ValueError:
        raise RoleInvalid(f"the roles are {', '.join(each.value for each in Role)}") from None


class PeopleService:
    """``actor`` is who does it: a user's id, or ``cli``."""

    def __init__(self, database: Database, passwords: Passwords, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._barred_listeners: list[BarredListener] = []

    def on_barred(self, listener: BarredListener) -> None:
        """Awaits ``listener`` after somebody was suspended here, before whoever did it is told that it is done.

        For rooms to end what the person has begun; from then on nobody is let in as them.
        """
        self._barred_listeners.append(listener)

    async def page(
        self, after: tuple[datetime, str] | None, limit: int, search: str | None = None
    ) -> Sequence[User]:
        """By the time they joined. ``search`` is part of an address or a name, the beginning of an id, or a wallet."""
        async with self._database.read() as session:
            return await users.page(session, after, limit, search)

    async def names(self, user_ids: Collection[UserId]) -> Mapping[UserId, str]:
        """Names by id; whoever deleted their account is named as everyone who did."""
        async with self._database.read() as session:
            known = await directory.display_names(session, user_ids)
        return {user_id: known.get(user_id, DELETED_NAME) for user_id in user_ids}

    async def get(self, user_id: str) -> User:
        """Raises ``UserNotFound``."""
        async with self._database.read() as session:
            return _found(await users.get(session, UserId(user_id)))

    async def meant(self, who: str) -> User:
        """Whoever has this address or this id. Raises ``EmailInvalid``, ``UserNotFound``."""
        if "@" in who:
            return await self.by_email(who)
        try:
            return await self.get(who)
        except UserNotFound:
            raise UserNotFound(f"nobody has the address or the id {who[:64]!r}") from None

    async def by_email(self, address: str) -> User:
        """Raises ``EmailInvalid``, ``UserNotFound``."""
        checked = email(address)
        async with self._database.read() as session:
            found = await users.by_email(session, checked)
        if found is None:
            raise UserNotFound(f"nobody has the address {checked}")
        return found

    async def add(
        self, address: str, password: str, *, actor: str, role: Role = Role.USER, name: str | None = None
    ) -> User:
        """Somebody the operator vouches for: their address counts as confirmed.

        Raises ``EmailInvalid``, ``EmailTaken``, ``PasswordWeak``, ``DisplayNameInvalid``.
        """
        checked = email(address)
        now = self._clock()
        await self._passwords.check_strength(password, address=checked)
        user = User(
            id=UserId(new_id()),
            email=checked,
            email_verified_at=now,
            password_hash=await self._passwords.hash(password),
            display_name=display_name(name or local_part(checked)),
            role=role,
            created_at=now,
        )
        async with self._database.write() as session:
            if await users.by_email(session, checked) is not None:
                raise EmailTaken(f"somebody has the address {checked} already")
            await users.add(session, user)
            await audit.append(
                session, Action.REGISTERED, at=now, actor=actor, subject=user.id, details={"role": role.value}
            )
        return user

    async def set_role(self, user_id: str, role: Role, *, actor: str) -> User:
        """Raises ``UserNotFound``, ``LastAdmin``."""
        now = self._clock()
        async with self._database.write() as session:
            user = _found(await users.get_for_update(session, UserId(user_id)))
            if user.role is not role:
                if role is not Role.ADMIN:
                    await keep_an_admin(session, user)
                await users.set_role(session, user.id, role)
                await audit.append(
                    session,
                    Action.ROLE_CHANGED,
                    at=now,
                    actor=actor,
                    subject=user.id,
                    details={"from": user.role.value, "to": role.value},
                )
        return await self.get(user_id)

    async def suspend(self, user_id: str, *, actor: str) -> User:
        """Signs them out everywhere at once; their API keys stop, and what they publish ends.

        Raises ``UserNotFound``, ``LastAdmin``.
        """
        now = self._clock()
        async with self._database.write() as session:
            user = _found(await users.get_for_update(session, UserId(user_id)))
            if user.suspended_at is None:
                await keep_an_admin(session, user)
                await users.set_suspended(session, user.id, now)
                await sessions.revoke_all(session, user.id, now)
                await audit.append(session, Action.SUSPENDED, at=now, actor=actor, subject=user.id)
        for listener in self._barred_listeners:
            await listener(user.id)
        return await self.get(user_id)

    async def unsuspend(self, user_id: str, *, actor: str) -> User:
        """Raises ``UserNotFound``."""
        now = self._clock()
        async with self._database.write() as session:
            user = _found(await users.get_for_update(session, UserId(user_id)))
            if user.suspended_at is not None:
                await users.set_suspended(session, user.id, None)
                await audit.append(session, Action.UNSUSPENDED, at=now, actor=actor, subject=user.id)
        return await self.get(user_id)

    async def remove_second_factor(self, user: User, *, actor: str) -> None:
        """For somebody who lost phone and recovery codes; signs them out everywhere. Raises ``SecondFactorMissing``."""
        now = self._clock()
        async with self._database.write() as session:
            if not await second_factors.is_in_force(session, user.id):
                raise SecondFactorMissing
            await second_factors.remove(session, user.id)
            await sessions.revoke_all(session, user.id, now)
            await audit.append(session, Action.SECOND_FACTOR_DISABLED, at=now, actor=actor, subject=user.id)


async def keep_an_admin(session: AsyncSession, leaving: User) -> None:
    """Raises ``LastAdmin`` when ``leaving`` is the only one left who can administer."""
    is_active_admin = leaving.role is Role.ADMIN and leaving.may_sign_in
    if is_active_admin and await users.active_admins(session) <= 1:
        raise LastAdmin("make somebody else an admin first")


def _found(user: User | None) -> User:
    if user is None or user.deleted_at is not None:
        raise UserNotFound
    return user
