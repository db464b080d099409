"""Mails about an account, and what their links do: confirm an address, choose a new password.

Everything that depends on whether an address has an account happens in the mail queue, after the answer.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from accounts.audit import Action
from accounts.emails import Email
from accounts.errors import CredentialsRejected, EmailTaken, LinkRejected, MailOff
from accounts.identity import UserId
from accounts.mail import MailQueue
from accounts.mails import (
    Mail,
    already_registered_mail,
    password_reset_mail,
    security_notice_mail,
    verification_mail,
)
from accounts.opaque_tokens import hash_token, new_token
from accounts.passwords import Passwords
from accounts.records import LinkPurpose, OneTimeLink
from accounts.repository import audit, links, sessions, users
from infra.clock import Clock, utc_now
from infra.database import Database

LIFETIMES = {LinkPurpose.VERIFY: timedelta(hours=24), LinkPurpose.RESET: timedelta(hours=1)}


class LetterService:
    """``origin`` is where links lead; see ``accounts.public_origin``."""

    def __init__(
        self, database: Database, passwords: Passwords, queue: MailQueue, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._queue = queue
        self._clock = clock

    @property
    def is_on(self) -> bool:
        return self._queue.is_on

    def require_on(self) -> None:
        """Raises ``MailOff``."""
        if not self.is_on:
            raise MailOff

    def send_verification(self, address: Email, origin: str) -> None:
        """To somebody whose address is not confirmed; nobody else gets anything."""

        self._queue.post(lambda: self._verification(address, origin))

    def send_registration(self, address: Email, origin: str, add: Callable[[], Awaitable[None]]) -> None:
        """Has ``add`` make the account and asks for its address to be confirmed.

        When ``add`` raises ``EmailTaken``, the owner of the account there is gets a mail instead.
        """

        async def job() -> Mail | None:
            try:
                await add()
            except EmailTaken:
                return already_registered_mail(address, origin)
            return await self._verification(address, origin)

        self._queue.post(job)

    def send_email_change(self, user_id: UserId, address: Email, origin: str) -> None:
        """To the new address of somebody; when another account has it, its owner is told instead."""

        async def job() -> Mail | None:
            async with self._database.read() as session:
                holder = await users.by_email(session, address)
            if holder is not None and holder.id != user_id:
                return already_registered_mail(address, origin)
            return verification_mail(address, origin, await self._link(LinkPurpose.VERIFY, user_id, address))

        self._queue.post(job)

    def send_already_registered(self, address: Email, origin: str) -> None:
        self._queue.send(already_registered_mail(address, origin))

    def send_password_reset(self, address: Email, origin: str) -> None:
        """To somebody who has an account; nobody else gets anything."""

        async def job() -> Mail | None:
            async with self._database.read() as session:
                user = await users.by_email(session, address)
            if user is None or not user.may_sign_in:
                return None
            return password_reset_mail(address, origin, await self._link(LinkPurpose.RESET, user.id, address))

        self._queue.post(job)

    def send_notice(self, address: Email | None, origin: str | None, what: str) -> None:
        """Tells a person what was changed, if they have an address."""
        if address is not None and origin is not None:
            self._queue.send(security_notice_mail(address, origin, what))

    async def confirm_email(self, token: str, *, signed_in: UserId | None, password: str | None) -> None:
        """Makes the address of the link the confirmed one of its account.

        Whoever follows the link also has to be signed in to the account or know its password: otherwise somebody
        could register with another's address and wait for them to click. Raises ``LinkRejected``,
        ``CredentialsRejected``.
        """
        now = self._clock()
        link_hash = hash_token(token)
        async with self._database.read() as session:
            link = await links.get(session, link_hash, LinkPurpose.VERIFY, now)
            user = None if link is None else await users.get(session, link.user_id)
        if link is None or user is None or not user.may_sign_in:
            raise LinkRejected
        if (
            signed_in != user.id
            and not (await self._passwords.verify(password or "", user.password_hash)).right
        ):
            raise CredentialsRejected("sign in, or send the password the account was made with")
        try:
            async with self._database.write() as session:
                if not await links.use(session, link_hash, now):
                    raise LinkRejected
                await users.set_email(session, user.id, link.email, now)
                await audit.append(session, Action.EMAIL_VERIFIED, at=now, actor=user.id, subject=user.id)
        except EmailTaken:
            raise LinkRejected from None

    async def reset_password(self, token: str, password: str) -> None:
        """Sets a new password, confirms the address, and signs out everywhere.

        Raises ``LinkRejected``, ``PasswordWeak``.
        """
        now = self._clock()
        link_hash = hash_token(token)
        async with self._database.read() as session:
            link = await links.get(session, link_hash, LinkPurpose.RESET, now)
        if link is None:
            raise LinkRejected
        await self._passwords.check_strength(password, address=link.email)
        password_hash = await self._passwords.hash(password)
        async with self._database.write() as session:
            user = await users.get_for_update(session, link.user_id)
            # An address that was changed since is no longer this account's.
            if user is None or not user.may_sign_in or user.email != link.email:
                raise LinkRejected
            if not await links.use(session, link_hash, now):
                raise LinkRejected
            await users.set_password_hash(session, user.id, password_hash)
            if user.email_verified_at is None:
                await users.set_email(session, user.id, link.email, now)
            await sessions.revoke_all(session, user.id, now)
            await audit.append(session, Action.PASSWORD_RESET, at=now, actor=user.id, subject=user.id)

    async def _verification(self, address: Email, origin: str) -> Mail | None:
        async with self._database.read() as session:
            user = await users.by_email(session, address)
        if user is None or user.email_verified_at is not None or not user.may_sign_in:
            return None
        return verification_mail(address, origin, await self._link(LinkPurpose.VERIFY, user.id, address))

    async def _link(self, purpose: LinkPurpose, user_id: UserId, address: Email) -> str:
        token = new_token()
        now = self._clock()
        link = OneTimeLink(
            hash=hash_token(token),
            purpose=purpose,
            user_id=user_id,
            email=address,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
        async with self._database.write() as session:
            await links.add(session, link)
        return token
