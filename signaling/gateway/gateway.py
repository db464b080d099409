"""Every connection of this process: who may open one, whose it is, whether it is still there, how all of them end."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from accounts.identity import ANONYMOUS
from infra.client_address import counted_as
from infra.clock import Clock, utc_now
from infra.rooms import Caller
from infra.tasks import uninterrupted
from signaling.gateway.access import Grant, SocketAccess
from signaling.gateway.connection import EventConnection, Surroundings
from signaling.gateway.errors import TooManyConnections
from signaling.gateway.messages import Authenticate, Authenticated, Limits, SignedOut, User, Welcome
from signaling.gateway.protocol import (
    COMMANDS_PER_S,
    MAX_ROOMS,
    MESSAGE_MAX_BYTES,
    PING_INTERVAL_S,
    PONG_WITHIN_S,
    VERSION,
    CloseCode,
)
from signaling.gateway.rooms import Rooms
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import Format

_log = structlog.get_logger("gateway")

LOOK_AFTER_S = 1.0
"""How often connections are looked after: pings, silence, tokens that expired."""
ASK_ABOUT_PROOFS_S = 2.0
RETRY_AFTER_FULL_S = 10
GOODBYE_WITHIN_S = 2.0
_LIMITS = Limits(message_bytes=MESSAGE_MAX_BYTES, commands_per_s=COMMANDS_PER_S, rooms=MAX_ROOMS)


class Gateway:
    """The connections; ``look_after`` and ``watch_proofs`` are its background tasks."""

    def __init__(
        self,
        rooms: Rooms,
        access: SocketAccess,
        stats: GatewayStats,
        *,
        max_connections: int,
        max_per_address: int,
        monotonic: Callable[[], float],
        clock: Clock = utc_now,
        ping_interval_s: float = PING_INTERVAL_S,
        pong_within_s: float = PONG_WITHIN_S,
    ) -> None:
        self._rooms = rooms
        self._access = access
        self._stats = stats
        self._max_connections = max_connections
        self._max_per_address = max_per_address
        self._monotonic = monotonic
        self._clock = clock
        self._ping_interval_s = ping_interval_s
        self._pong_within_s = pong_within_s
        self._connections: set[EventConnection] = set()
        self._by_address: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._around: Surroundings
        self._closing = False

    def serve_with(self, carry_out: Callable[[EventConnection, str | bytes], Awaitable[None]]) -> None:
        """What carries out commands; before the first connection, on the loop."""
        self._around = Surroundings(asyncio.get_running_loop(), self._stats, carry_out, self.forget)

    # Coming and going.

    def require_room(self, address: str) -> None:
        """Raises ``TooManyConnections`` when there is none for one more from this address."""
        if self._closing or len(self._connections) >= self._max_connections:
            self._stats.refused_connections += 1
            raise TooManyConnections("the server has as many event connections as it may", RETRY_AFTER_FULL_S)
        if self._by_address[counted_as(address)] >= self._max_per_address:
            self._stats.refused_connections += 1
            raise TooManyConnections("too many event connections from this address", RETRY_AFTER_FULL_S)

    def admit(
        self, transport: asyncio.Transport, format_: Format, address: str, grant: Grant | None
    ) -> EventConnection:
        """A new connection, counted until ``forget``. Raises ``TooManyConnections``."""
        self.require_room(address)
        connection = EventConnection(secrets.token_hex(8), transport, format_, self._around)
        self._belongs_to(connection, grant, address)
        self._connections.add(connection)
        self._by_address[counted_as(address)] += 1
        self._stats.connections = len(self._connections)
        return connection

    def welcome(self, connection: EventConnection) -> None:
        """The first message."""
        connection.send(
            Welcome(
                version=VERSION,
                connection=connection.id,
                user=_user(connection.grant),
                ping_interval_ms=int(self._ping_interval_s * 1_000),
                limits=_LIMITS,
            )
        )

    def forget(self, connection: EventConnection) -> None:
        """The connection is no more."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        key = counted_as(connection.caller.address)
        self._by_address[key] -= 1
        if not self._by_address[key]:
            del self._by_address[key]
        self._stats.connections = len(self._connections)
        if not self._connections:
            self._empty.set()

    async def close_all(self) -> None:
        """The server stops: everyone is told to come back, and given a moment to hear it."""
        self._closing = True
        self._empty.clear()
        for connection in list(self._connections):
            connection.close(CloseCode.GOING_AWAY)
        if self._connections:
            try:
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    await self._empty.wait()
            except TimeoutError:
                for connection in list(self._connections):
                    connection.abort()

    def all(self) -> tuple[EventConnection, ...]:
        """Every connection there is now."""
        return tuple(self._connections)

    def __len__(self) -> int:
        return len(self._connections)

    # Whose it is.

    async def authenticate(self, connection: EventConnection, command: Authenticate) -> None:
        """Raises ``SessionEnded`` when the token does not hold; then nothing has changed."""
        grant = None if command.token is None else await self._access.by_token(command.token)
        await self._become(connection, grant)
        expires_in_ms = None
        if grant is not None and grant.expires_at is not None:
            expires_in_ms = max(0, (grant.expires_at - self._clock()) // timedelta(milliseconds=1))
        connection.send(Authenticated(id=command.id, user=_user(grant), expires_in_ms=expires_in_ms))

    def proofs_changed(self) -> None:
        """Somebody signed out, was suspended, or the like: ask now rather than at the next round."""
        self._wake.set()

    async def watch_proofs(self) -> None:
        """A background task: signs connections out whose proof no longer holds."""
        while True:
            try:
                async with asyncio.timeout(ASK_ABOUT_PROOFS_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await uninterrupted(self.check_proofs())
            except Exception as error:
                _log.warning("proofs_not_checked", error=type(error).__name__)

    async def check_proofs(self) -> None:
        """One round of it."""
        proofs = {each.grant.proof for each in self._connections if each.grant is not None}
        if not proofs:
            return
        standing = await self._access.standing(proofs)
        for connection in list(self._connections):
            grant = connection.grant
            if grant is None or grant.proof not in proofs:
                continue
            now = standing.get(grant.proof)
            if now is None:
                await self._sign_out(connection)
            elif (now.role, now.name) != (grant.identity.role, grant.name):
                identity = replace(grant.identity, role=now.role)
                await self._become(connection, replace(grant, identity=identity, name=now.name))

    # Whether it is still there.

    async def look_after(self) -> None:
        """A background task."""
        while True:
            await asyncio.sleep(min(LOOK_AFTER_S, self._ping_interval_s / 4))
            await self.look_once()

    async def look_once(self) -> None:
        """One round: pings what is due, cuts what is silent, signs out what has expired."""
        now, clock_now = self._monotonic(), self._clock()
        expired = []
        for connection in list(self._connections):
            if connection.closing:
                continue
            if connection.pinged_s > connection.heard_s:
                if now - connection.pinged_s >= self._pong_within_s and not connection.busy:
                    self._stats.silent_cut += 1
                    connection.close(CloseCode.SILENT)
            elif now - connection.pinged_s >= self._ping_interval_s:
                connection.ping(now)
            expires_at = connection.grant.expires_at if connection.grant is not None else None
            if expires_at is not None and expires_at <= clock_now:
                expired.append(connection)
        for connection in expired:
            await self._sign_out(connection)
        self._rooms.sweep()
        self._stats.rooms = len(self._rooms)

    def _belongs_to(self, connection: EventConnection, grant: Grant | None, address: str) -> None:
        connection.grant = grant
        connection.caller = Caller(
            identity=ANONYMOUS if grant is None else grant.identity,
            name=None if grant is None else grant.name,
            address=address,
            connection=connection,
        )

    async def _become(self, connection: EventConnection, grant: Grant | None) -> None:
        before = connection.caller
        self._belongs_to(connection, grant, before.address)
        now = connection.caller
        if (now.identity, now.name) != (before.identity, before.name):
            await self._rooms.caller_changed(connection)

    async def _sign_out(self, connection: EventConnection) -> None:
        if connection.closing or connection.grant is None:
            return
        connection.send(SignedOut())
        await self._become(connection, None)


def _user(grant: Grant | None) -> User | None:
    if grant is None or grant.identity.user_id is None:
        return None
    return User(id=grant.identity.user_id, name=grant.name)
