"""Registering and signing in: by password or wallet, then the second factor where there is one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.devices import Device
from accounts.display_names import display_name
from accounts.emails import Email, email
from accounts.errors import (
    AccountSuspended,
    CodeRejected,
    CredentialsRejected,
    EmailInvalid,
    EmailTaken,
    RegistrationClosed,
    SessionEnded,
    WalletTaken,
)
from accounts.ethereum import Address
from accounts.identity import Identity, Role, UserId
from accounts.opaque_tokens import new_id
from accounts.passwords import Passwords
from accounts.records import SignInMethod, User, Wallet
from accounts.repository import audit, second_factors, sessions, users, wallets
from accounts.services.letters import LetterService
from accounts.services.second_factors import SecondFactorProof, SecondFactorService
from accounts.services.sessions import SessionService, SignedIn
from infra.clock import Clock, utc_now
from infra.database import Database

TICKET_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SecondFactorAsked:
    """The first proof was right; the ticket carries that to the second."""

    ticket: str = field(repr=False)
    expires_at: datetime


class SignInService:
    """Somebody unknown, somebody with a wrong password and somebody unconfirmed all get the same answer, and cost the
    same one Argon2 verification."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        sessions_: SessionService,
        second_factors_: SecondFactorService,
        letters: LetterService,
        *,
        registration_open: bool,
        confirm_addresses: bool,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._sessions = sessions_
        self._second_factors = second_factors_
        self._letters = letters
        self.registration_open = registration_open
        self.confirm_addresses = confirm_addresses
        self._clock = clock

    async def register(self, address: str, password: str, name: str, origin: str | None) -> None:
        """Makes an account. For an address that has one, it does nothing and looks the same; the owner gets a mail.

        Where addresses are confirmed, the account is made in the mail queue: an answer that waited for it would tell
        by its time whether there was one. Raises ``RegistrationClosed``, ``EmailInvalid``, ``DisplayNameInvalid``,
        ``PasswordWeak``.
        """
        if not self.registration_open:
            raise RegistrationClosed
        checked, shown = email(address), display_name(name)
        await self._passwords.check_strength(password, address=checked)
        password_hash = await self._passwords.hash(password)
        user = self._new_user(shown, address=checked, password_hash=password_hash)
        if self.confirm_addresses and origin is not None:
            self._letters.send_registration(checked, origin, lambda: self._add(user))
            return
        try:
            await self._add(user)
        except EmailTaken:
            if origin is not None:
                self._letters.send_already_registered(checked, origin)
        else:
            if origin is not None:
                self._letters.send_verification(checked, origin)

    async def by_password(self, address: str, password: str, device: Device) -> SignedIn | SecondFactorAsked:
        """Raises ``CredentialsRejected`` and, for who knows the password, ``AccountSuspended``."""
        user = await self._find(address)
        verified = await self._passwords.verify(password, None if user is None else user.password_hash)
        if user is None or not verified.right or user.deleted_at is not None:
            raise CredentialsRejected
        if self.confirm_addresses and user.email_verified_at is None:
            raise CredentialsRejected
        if verified.new_hash is not None:
            async with self._database.write() as session:
                await users.set_password_hash(session, user.id, verified.new_hash)
        return await self._first_proof(user.id, SignInMethod.PASSWORD, device)

    async def by_wallet(self, address: Address, device: Device) -> SignedIn | SecondFactorAsked:
        """``address`` is proven. Makes an account for a wallet that has none, when registration is open.

        Raises ``AccountSuspended``, ``RegistrationClosed``.
        """
        async with self._database.read() as session:
            wallet = await wallets.get(session, address)
        if wallet is not None:
            return await self._first_proof(wallet.user_id, SignInMethod.WALLET, device)
        if not self.registration_open:
            raise RegistrationClosed
        key = await self._sessions.signing_key()
        user = self._new_user(f"{address[:6]}…{address[-4:]}")
        try:
            async with self._database.write() as session:
                await users.add(session, user)
                await wallets.add(session, Wallet(address, user.id, self._clock()))
                await self._note_registration(session, user, SignInMethod.WALLET)
                return await self._sessions.open(session, key, user, SignInMethod.WALLET, device)
        except WalletTaken:
            # Somebody signed in with it for the first time twice at once.
            return await self.by_wallet(address, device)

    async def ticket_holder(self, ticket: str) -> UserId:
        """Whose second factor a ticket waits for; what attempts are counted by. Raises ``SessionEnded``."""
        return (await self._sessions.read_ticket(ticket))[0]

    async def second_factor(self, ticket: str, proof: SecondFactorProof, device: Device) -> SignedIn:
        """Raises ``SessionEnded`` for the ticket, ``CodeRejected``, ``AccountSuspended``."""
        user_id, method = await self._sessions.read_ticket(ticket)
        key = await self._sessions.signing_key()
        now = self._clock()
        async with self._database.write() as session:
            user = _active(await users.get_for_update(session, user_id))
            if await self._second_factors.check(session, user_id, proof, now):
                await audit.append(session, Action.RECOVERY_CODE_USED, at=now, actor=user_id, subject=user_id)
            return await self._sessions.open(session, key, user, method, device, second_factor_at=now)

    async def step_up_by_password(self, identity: Identity, password: str) -> None:
        """Raises ``CredentialsRejected``, and ``CodeRejected`` when the account demands its second factor."""
        assert identity.user_id is not None
        async with self._database.read() as session:
            user = await users.get(session, identity.user_id)
        verified = await self._passwords.verify(password, None if user is None else user.password_hash)
        if not verified.right:
            raise CredentialsRejected("the password is not right")
        await self._step_up(identity)

    async def step_up_by_wallet(self, identity: Identity, address: Address) -> None:
        """``address`` is proven. Raises ``CredentialsRejected`` when it is not the person's."""
        async with self._database.read() as session:
            wallet = await wallets.get(session, address)
        if wallet is None or wallet.user_id != identity.user_id:
            raise CredentialsRejected("the wallet is not one of this account")
        await self._step_up(identity)

    async def _step_up(self, identity: Identity) -> None:
        assert identity.user_id is not None
        assert identity.session_id is not None
        if identity.has_second_factor:
            raise CodeRejected("this account asks for its second factor")
        now = self._clock()
        async with self._database.write() as session:
            await sessions.step_up(session, identity.session_id, authenticated_at=now, second_factor_at=None)
            await audit.append(
                session, Action.STEPPED_UP, at=now, actor=identity.user_id, subject=identity.user_id
            )

    async def _first_proof(
        self, user_id: UserId, method: SignInMethod, device: Device
    ) -> SignedIn | SecondFactorAsked:
        key = await self._sessions.signing_key()
        async with self._database.write() as session:
            user = _active(await users.get_for_update(session, user_id))
            if not await second_factors.is_in_force(session, user_id):
                return await self._sessions.open(session, key, user, method, device)
        expires_at = self._clock() + TICKET_LIFETIME
        return SecondFactorAsked(await self._sessions.write_ticket(user_id, method, expires_at), expires_at)

    async def _find(self, address: str) -> User | None:
        try:
            checked = email(address)
        except EmailInvalid:
            return None
        async with self._database.read() as session:
            return await users.by_email(session, checked)

    async def _add(self, user: User) -> None:
        async with self._database.write() as session:
            await users.add(session, user)
            await self._note_registration(session, user, SignInMethod.PASSWORD)

    async def _note_registration(self, session: AsyncSession, user: User, method: SignInMethod) -> None:
        await audit.append(
            session,
            Action.REGISTERED,
            at=user.created_at,
            actor=user.id,
            subject=user.id,
            details={"method": method.value},
        )

    def _new_user(self, name: str, *, address: Email | None = None, password_hash: str | None = None) -> User:
        return User(
            id=UserId(new_id()),
            email=address,
            password_hash=password_hash,
            display_name=name,
            role=Role.USER,
            created_at=self._clock(),
        )


def _active(user: User | None) -> User:
    if user is None or user.deleted_at is not None:
        raise SessionEnded
    if user.suspended_at is not None:
        raise AccountSuspended("ask the person who runs this server")
    return user
