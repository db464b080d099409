"""What is kept about people: all of it on request, none of it when they leave, and addresses no longer than needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from accounts.audit import SERVER, Action
from accounts.errors import SessionEnded
from accounts.identity import UserId
from accounts.personal_data import PersonalDataRegistry
from accounts.repository import (
    audit,
    keys,
    links,
    second_factors,
    sessions,
    users,
    wallets,
)
from accounts.services.people import keep_an_admin
from accounts.services.signing_keys import RETIRED_KEPT_FOR
from infra.clock import Clock, rfc3339, utc_now
from infra.database import Database

_log = structlog.get_logger("accounts")

EXPORTED_AUDIT_ENTRIES = 10_000
UNCONFIRMED_KEPT_FOR = timedelta(days=7)
"""A registration whose address nobody confirmed. The link lasts a day; until then another can be asked for."""
SETUP_KEPT_FOR = timedelta(days=1)
"""A second factor that was begun and not put into force."""
FORGOTTEN_AGAIN_FOR = timedelta(hours=3)
EXPIRED_AT_A_TIME = 500


class PrivacyService:
    """``registry`` knows the other rooms that keep something about people.

    ``confirm_addresses``: whether an address has to be confirmed before the first sign-in. Only then is a registration
    without a confirmed address one that nobody can use.
    """

    def __init__(
        self,
        database: Database,
        registry: PersonalDataRegistry,
        *,
        confirm_addresses: bool = False,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._registry = registry
        self._confirm_addresses = confirm_addresses
        self._clock = clock

    async def export(self, user_id: UserId) -> dict[str, Mapping[str, object]]:
        """Everything kept about the person, by room. No secrets: hashes are of no use to them."""
        now = self._clock()
        async with self._database.write() as session:
            await audit.append(session, Action.EXPORTED, at=now, actor=user_id, subject=user_id)
        return {"account": await self._account(user_id), **await self._registry.export(user_id)}

    async def delete(self, user_id: UserId, *, actor: str | None = None) -> None:
        """Removes the account; what others need to make sense of stays without a name.

        ``actor`` is who does it, when it is not the person. The audit log keeps the id, which from then on leads to
        nobody. Raises ``LastAdmin``.
        """
        async with self._database.write() as session:
            user = await users.get_for_update(session, user_id)
            if user is None or user.deleted_at is not None:
                raise SessionEnded
            await keep_an_admin(session, user)
        await self._registry.forget(user_id)
        now = self._clock()
        async with self._database.write() as session:
            user = await users.get_for_update(session, user_id)
            if user is None or user.deleted_at is not None:
                raise SessionEnded
            await keep_an_admin(session, user)
            await second_factors.remove(session, user_id)
            await wallets.remove_all(session, user_id)
            await keys.remove_api_keys(session, user_id)
            await links.remove_all(session, user_id)
            await sessions.remove_all(session, user_id)
            await users.anonymise(session, user_id, now)
            await audit.append(session, Action.DELETED, at=now, actor=actor or user_id, subject=user_id)
        # What a request that was under way still made.
        await self._registry.forget(user_id)

    async def clean(self) -> None:
        """Drops whatever has ended or expired; the network of a visitor goes with the device it is kept with."""
        now = self._clock()
        async with self._database.write() as session:
            await sessions.drop_ended(session, now)
            await links.drop_expired(session, now)
            await wallets.drop_nonces(session, now)
            await second_factors.drop_unconfirmed(session, now - SETUP_KEPT_FOR)
            await keys.drop_revoked_api_keys(session)
            await keys.drop_signing_keys(session, now - RETIRED_KEPT_FOR)
            gone = await users.deleted_since(session, now - FORGOTTEN_AGAIN_FOR)
        for user_id in gone:
            # A request that was under way when they left may have made something after all.
            await self._registry.forget(user_id)
        if self._confirm_addresses:
            await self._drop_unconfirmed(now)

    async def _drop_unconfirmed(self, now: datetime) -> None:
        async with self._database.read() as session:
            expired = await users.unconfirmed(session, now - UNCONFIRMED_KEPT_FOR, EXPIRED_AT_A_TIME)
        for user_id in expired:
            async with self._database.write() as session:
                await links.remove_all(session, user_id)
                if not await users.remove_unconfirmed(session, user_id):
                    continue  # confirmed in the last moment
                await audit.append(
                    session, Action.REGISTRATION_EXPIRED, at=now, actor=SERVER, subject=user_id
                )
            await self._registry.forget(user_id)
        if expired:
            _log.info("unconfirmed_registrations_dropped", count=len(expired))

    async def _account(self, user_id: UserId) -> Mapping[str, object]:
        now = self._clock()
        async with self._database.read() as session:
            user = await users.get(session, user_id)
            if user is None:
                raise SessionEnded
            return {
                "id": user.id,
                "email": user.email,
                "email_verified_at": user.email_verified_at and rfc3339(user.email_verified_at),
                "display_name": user.display_name,
                "role": user.role.value,
                "created_at": rfc3339(user.created_at),
                "has_password": user.password_hash is not None,
                "second_factor": await second_factors.is_in_force(session, user_id),
                "wallets": [
                    {"address": each.address, "proven_at": rfc3339(each.proven_at)}
                    for each in await wallets.of_user(session, user_id)
                ],
                "sessions": [
                    {
                        "method": each.method.value,
                        "created_at": rfc3339(each.rotation.created_at),
                        "last_seen_at": rfc3339(each.last_seen_at),
                        "user_agent": each.user_agent,
                        "network": each.network,
                    }
                    for each in await sessions.active_of_user(session, user_id, now)
                ],
                "api_keys": [
                    {
                        "name": each.name,
                        "prefix": each.prefix,
                        "scopes": sorted(scope.value for scope in each.scopes),
                        "created_at": rfc3339(each.created_at),
                        "last_used_at": each.last_used_at and rfc3339(each.last_used_at),
                    }
                    for each in await keys.api_keys_of(session, user_id)
                ],
                "audit": [
                    {"at": rfc3339(each.at), "action": each.action, "details": each.details}
                    for each in await audit.about(session, user_id, EXPORTED_AUDIT_ENTRIES)
                ],
            }
