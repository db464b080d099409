"""One's own account: name, address, password."""

from dataclasses import dataclass

from accounts.audit import Action
from accounts.display_names import display_name
from accounts.emails import email
from accounts.errors import EmailTaken, SessionEnded
from accounts.identity import Identity, SessionId, UserId
from accounts.passwords import Passwords
from accounts.records import User
from accounts.repository import audit, second_factors, sessions, users
from accounts.services.letters import LetterService
from infra.clock import Clock, utc_now
from infra.database import Database


@dataclass(frozen=True, slots=True)
class Me:
    """What a person sees of themselves at a glance."""

    user: User
    has_second_factor: bool


class AccountService:
    """What somebody changes about themselves. Whether they may is asked before."""

    def __init__(
        self, database: Database, passwords: Passwords, letters: LetterService, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._letters = letters
        self._clock = clock

    async def get(self, user_id: UserId) -> Me:
        """Raises ``SessionEnded`` when the account is gone."""
        async with self._database.read() as session:
            user = await users.get(session, user_id)
            if user is None or user.deleted_at is not None:
                raise SessionEnded
            return Me(user, await second_factors.is_in_force(session, user_id))

    async def rename(self, user_id: UserId, name: str) -> None:
        """Raises ``DisplayNameInvalid``."""
        shown = display_name(name)
        async with self._database.write() as session:
            await users.set_display_name(session, user_id, shown)

    async def change_email(self, user_id: UserId, address: str, origin: str | None) -> bool:
        """Whether the address is in force now; otherwise a mail to it asks to be confirmed first.

        Raises ``EmailInvalid``, and ``EmailTaken`` only where no mail is sent: there, nothing could hide it.
        """
        checked = email(address)
        if self._letters.is_on and origin is not None:
            self._letters.send_email_change(user_id, checked, origin)
            return False
        now = self._clock()
        async with self._database.write() as session:
            holder = await users.by_email(session, checked)
            if holder is not None and holder.id != user_id:
                raise EmailTaken
            await users.set_email(session, user_id, checked, None)
            await audit.append(session, Action.EMAIL_CHANGED, at=now, actor=user_id, subject=user_id)
        return True

    async def change_password(self, identity: Identity, password: str, origin: str | None) -> None:
        """Sets it and signs out everywhere else. Raises ``PasswordWeak``."""
        assert identity.user_id is not None
        me = await self.get(identity.user_id)
        await self._set_password(me.user, password, actor=me.user.id, but=identity.session_id)
        self._letters.send_notice(me.user.email, origin, "The password was changed")

    async def set_password(self, user: User, password: str, *, actor: str) -> None:
        """For somebody, by the operator; signs them out everywhere. Raises ``PasswordWeak``."""
        await self._set_password(user, password, actor=actor, but=None)

    async def _set_password(self, user: User, password: str, *, actor: str, but: SessionId | None) -> None:
        await self._passwords.check_strength(password, address=user.email or "")
        password_hash = await self._passwords.hash(password)
        now = self._clock()
        async with self._database.write() as session:
            await users.set_password_hash(session, user.id, password_hash)
            await sessions.revoke_all(session, user.id, now, but=but)
            await audit.append(session, Action.PASSWORD_CHANGED, at=now, actor=actor, subject=user.id)
