"""Commands: a frame in, its checks, its handler, the answer out. Adapter of the declarations in ``infra.command``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from msgspec import UNSET, UnsetType
from sqlalchemy.exc import SQLAlchemyError

from accounts.callers import identity_of_caller
from accounts.identity import Scope
from accounts.permissions import Group, Rule, require_rule
from infra.access import Access, Who
from infra.client_address import counted_as
from infra.clock import Clock, utc_now
from infra.command import AnyCommand
from infra.command_errors import CommandError, CommandMalformed, NotJoined, StorageUnavailable, UnknownCommand
from infra.commands import CommandCall, CommandRegistry
from infra.decoding import sentence
from infra.errors import DomainError
from infra.rate_limits import LIMITS, LimitName, RateLimits
from infra.request_errors import RateLimited
from infra.rooms import Caller
from signaling.gateway.allowance import Verdict
from signaling.gateway.command_frames import frame_type
from signaling.gateway.connection import EventConnection
from signaling.gateway.messages import (
    GATEWAY_COMMANDS,
    Authenticate,
    Done,
    Envelope,
    Error,
    Join,
    Leave,
)
from signaling.gateway.protocol import CloseCode
from signaling.gateway.rooms import Rooms
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import FORMATS, Decoder, Format

_log = structlog.get_logger("gateway")

MAX_ID = 2**53 - 1

Authenticating = Callable[[EventConnection, Authenticate], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the frames of one command are read, by subprotocol."""

    decoders: dict[str, Decoder]


class Dispatcher:
    """Carries out the commands of every connection, each connection's one after the other."""

    def __init__(
        self,
        registry: CommandRegistry,
        rooms: Rooms,
        authenticate: Authenticating,
        stats: GatewayStats,
        monotonic: Callable[[], float],
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._registry = registry
        self._rooms = rooms
        self._authenticate = authenticate
        self._stats = stats
        self._monotonic = monotonic
        self._clock = clock
        self._limits = RateLimits()
        self._shapes: dict[str, _Shape] = {name: _shape(type_) for name, type_ in GATEWAY_COMMANDS.items()}
        self._envelopes = {each.subprotocol: each.decoder(Envelope) for each in FORMATS.values()}

    async def carry_out(self, connection: EventConnection, data: str | bytes) -> None:
        """One frame. Never fails: whatever goes wrong is the answer, or closes the connection."""
        self._stats.commands_in += 1
        try:
            envelope: Envelope = self._envelopes[connection.format.subprotocol].decode(data)
        except msgspec.ValidationError:
            self._refuse(connection, UNSET, CommandMalformed("a command is a map with `type` and `id`"))
            return
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            connection.close(CloseCode.MALFORMED, f"not {connection.format.subprotocol}")
            return
        id_ = envelope.id if type(envelope.id) is int and 0 <= envelope.id <= MAX_ID else UNSET
        try:
            self._check_pace(connection)
            await self._carry_out(connection, envelope, data)
        except DomainError as error:
            self._refuse(connection, id_, error)
        except (SQLAlchemyError, OSError) as error:
            _log.warning(
                "command_storage_failed", command=str(envelope.type)[:40], error=type(error).__name__
            )
            self._refuse(connection, id_, StorageUnavailable())
        except Exception:
            _log.exception("command_failed", command=str(envelope.type)[:40])
            self._refuse(connection, id_, None)

    async def _carry_out(self, connection: EventConnection, envelope: Envelope, data: str | bytes) -> None:
        name = envelope.type
        if not isinstance(name, str):
            raise CommandMalformed("type: expected a command's name")
        known = self._registry.get(name)
        if known is None and name not in GATEWAY_COMMANDS:
            raise UnknownCommand(f"there is no command {name[:40]!r}")
        if known is None:
            await self._gateway_command(connection, self._decode(connection.format, name, data))
            return
        command, handler = known
        if name not in self._shapes:
            self._shapes[name] = _shape(frame_type(command))
        body = self._decode(connection.format, name, data)
        membership = connection.memberships.get(body.room)
        if membership is None:
            raise NotJoined(f"join {body.room} first")
        self._check_access(connection.caller, command)
        if command.limit is not None:
            self._spend(command.limit, _subject(connection.caller))
        call: CommandCall[Any, Any] = CommandCall(
            caller=connection.caller,
            room=membership.room,
            seat=membership.seat,
            topic=membership.audience.topic,
            body=body if command.has_body else None,
        )
        result = await handler(call)
        connection.send(Done(id=body.id, result=result if command.has_result else UNSET))

    async def _gateway_command(self, connection: EventConnection, command: Any) -> None:
        match command:
            case Authenticate():
                self._spend("command_address", "address:" + counted_as(connection.caller.address))
                await self._authenticate(connection, command)
            case Join():
                await self._rooms.join(connection, command)
            case Leave():
                self._rooms.leave(connection, command.room)
                connection.send(Done(id=command.id))

    def _decode(self, format_: Format, name: str, data: str | bytes) -> Any:
        try:
            return self._shapes[name].decoders[format_.subprotocol].decode(data)
        except msgspec.ValidationError as error:
            raise CommandMalformed(sentence(str(error), "the command")) from None
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise CommandMalformed("the command could not be read") from None

    def _check_pace(self, connection: EventConnection) -> None:
        now = self._monotonic()
        match connection.allowance.spend(now):
            case Verdict.ALLOWED:
                pass
            case Verdict.REFUSED:
                raise _slow_down(connection.allowance.retry_after_s)
            case Verdict.FLOODING:
                self._stats.floods_cut += 1
                connection.close(CloseCode.FLOODING)
                raise _slow_down(connection.allowance.retry_after_s)
        user_id = connection.caller.identity.user_id
        if user_id is not None:
            self._spend("command", f"user:{user_id}")
        else:
            self._spend("command_address", "address:" + counted_as(connection.caller.address))

    def _spend(self, name: LimitName, subject: str) -> None:
        decision = self._limits.take(LIMITS[name], subject, self._monotonic())
        if not decision.allowed:
            raise _slow_down(decision.retry_after_s)

    def _check_access(self, caller: Caller, command: AnyCommand) -> None:
        access: Access = command.access
        if access.is_public:
            return
        group = Group.ADMIN if access.who == {Who.ADMIN} else Group.SIGNED_IN
        scope = None if access.scope is None else Scope(access.scope)
        require_rule(identity_of_caller(caller), Rule(group, scope), now=self._clock())

    def _refuse(self, connection: EventConnection, id_: int | UnsetType, error: DomainError | None) -> None:
        self._stats.commands_refused += 1
        if error is None:
            error_message: object = Error(
                id=id_, code="internal", detail="Something went wrong on the server; its log tells more."
            )
        else:
            error_message = told(id_, error)
        connection.send(error_message)


def told(id_: int | UnsetType, error: DomainError) -> object:
    """The ``error`` message for what a handler raised."""
    retry_after_ms: int | UnsetType = UNSET
    members: dict[str, object] = {}
    if isinstance(error, CommandError):
        if error.retry_after_ms is not None:
            retry_after_ms = error.retry_after_ms
        members = dict(error.members)
    elif "Retry-After" in error.headers:
        retry_after_ms = int(error.headers["Retry-After"]) * 1_000
    code = type(error).code()
    message = Error(id=id_, code=code, detail=str(error), retry_after_ms=retry_after_ms)
    if not members:
        return message
    return {**members, **msgspec.to_builtins(message)}


class _SlowDown(CommandError, RateLimited):
    """``rate_limited``, with milliseconds."""

    @classmethod
    def slug(cls) -> str:
        return RateLimited.slug()


def _slow_down(retry_after_s: float) -> CommandError:
    return _SlowDown("too many commands; slow down", retry_after_ms=int(retry_after_s * 1_000) + 1)


def _subject(caller: Caller) -> str:
    user_id = caller.identity.user_id
    return f"user:{user_id}" if user_id is not None else "address:" + counted_as(caller.address)


def _shape(type_: Any) -> _Shape:
    return _Shape({each.subprotocol: each.decoder(type_) for each in FORMATS.values()})
