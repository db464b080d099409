"""People for the gateway's tests: tokens, cookies and sessions that hold until a test says otherwise."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from accounts.errors import SessionEnded
from accounts.identity import Identity, Role, Scope, UserId
from accounts.services.socket_access import Grant, Standing
from signaling.gateway.feature import EventGateway


class People:
    """A ``SocketAccess``. The token ``ada`` is Ada's, ``ada:short`` expires in a minute, ``key:ada`` is an API key."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
        self.ended: set[str] = set()
        self.roles: dict[str, Role] = {}
        self.asked = 0
        self.gateway: EventGateway | None = None

    def clock(self) -> datetime:
        return self.now

    async def by_token(self, token: str, /) -> Grant:
        name, _, how = token.partition(":")
        if name == "key":
            identity = Identity(user_id=UserId(how), scopes=frozenset({Scope.PROFILE_READ}))
            return Grant(identity, how.title(), f"key:{how}", None)
        if name not in ("ada", "bob") or name in self.ended:
            raise SessionEnded
        expires_at = self.now + timedelta(minutes=1) if how == "short" else None
        return Grant(Identity(user_id=UserId(name)), name.title(), name, expires_at)

    async def by_cookie(self, value: str, /) -> Grant | None:
        return None if value in self.ended else await self.by_token(value)

    async def standing(self, proofs: Collection[str], /) -> Mapping[str, Standing]:
        self.asked += 1
        return {
            proof: Standing(self.roles.get(proof, Role.USER), proof.removeprefix("key:").title())
            for proof in proofs
            if proof not in self.ended
        }
