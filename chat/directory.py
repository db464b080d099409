"""Which room a name means, and who may enter: the ``infra.rooms.RoomDirectory`` of chat."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from accounts.callers import identity_of_caller
from accounts.visitor_addresses import truncated
from catalog.channel import is_channel_name
from catalog.errors import ChannelMoved, ChannelNotFound
from catalog.service import ChannelService
from chat.moderators import ModeratorGate
from chat.people import Speaker
from chat.repository import ignores, polls, reactions
from chat.rooms import OpenRoom, Rooms
from chat.rules import restriction_refusal
from chat.seats import ChatSeat, PersonSeat
from chat.standings import ChannelRef, Standings
from infra.command_errors import Moved, NoSuchRoom
from infra.database import Database
from infra.request_errors import NotSignedIn
from infra.rooms import Caller, Seat
from infra.storage import storage

DESK_SUFFIX = "/moderators"
OWN = "me"


class ChatDirectory:
    """``stage``, ``stage/moderators``, ``me``."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        standings: Standings,
        gate: ModeratorGate,
        rooms: Rooms,
    ) -> None:
        self._database = database
        self._channels = channels
        self._standings = standings
        self._gate = gate
        self._rooms = rooms

    async def open(self, room: str, caller: Caller, /) -> Seat:
        """Raises ``NoSuchRoom``, ``Moved``, ``NotSignedIn``, ``NotAllowed``, ``Banned``, ``BusUnavailable``."""
        user_id = caller.identity.user_id
        if room == OWN:
            if user_id is None:
                raise NotSignedIn("sign in to have a room of your own")
            return PersonSeat(user_id)
        is_desk = room.endswith(DESK_SUFFIX)
        with storage():
            channel = await self.channel(room.removesuffix(DESK_SUFFIX))
            if is_desk:
                await self._gate.require(channel, identity_of_caller(caller))
            open_room = await self._rooms.open(channel)
            speaker = await self._standings.of_caller(
                channel, identity_of_caller(caller), caller.name, truncated(caller.address)
            )
            self._let_in(open_room, speaker, caller)
            personal = await self._personal(channel.id, user_id, is_desk=is_desk)
        return ChatSeat(
            room,
            open_room,
            caller,
            speaker,
            self._standings,
            is_desk=is_desk,
            ignored=personal.ignored,
            voted=personal.voted,
            reacted=personal.reacted,
        )

    def _let_in(self, room: OpenRoom, speaker: Speaker, caller: Caller) -> None:
        """Whose network is shut out is told so, and not to come back. Raises ``Banned``."""
        now_ms = room.now_ms()
        restriction = room.desk.shut_out_of(speaker.network, now_ms)
        if restriction is not None and not speaker.standing.moderates:
            caller.connection.close_banned()
            raise restriction_refusal(restriction).raised(now_ms)

    async def channel(self, name: str) -> ChannelRef:
        """Raises ``NoSuchRoom``, ``Moved``."""
        if not is_channel_name(name):
            raise NoSuchRoom(f"there is no room {name[:40]!r}")
        try:
            channel = await self._channels.get(name)
        except ChannelNotFound:
            raise NoSuchRoom(f"there is no room {name!r}") from None
        except ChannelMoved as moved:
            raise Moved(moved.name) from None
        return ChannelRef(channel.id, channel.name)

    async def _personal(self, channel_id: int, user_id: str | None, *, is_desk: bool) -> "_Personal":
        if user_id is None:
            return _Personal()
        room = self._rooms.public(channel_id).room
        poll, shown = room.poll, set() if is_desk else room.shown_ids()
        async with self._database.read() as session:
            ignored = set(await ignores.of(session, user_id))
            option = None if poll is None else await polls.vote_of(session, poll.id, user_id)
            reacted = await reactions.given_to(session, user_id, shown)
        voted = None if poll is None or option is None else (poll.id, option)
        return _Personal(ignored, voted, reacted)


@dataclass(frozen=True, slots=True)
class _Personal:
    """What somebody has done in a room that concerns only them."""

    ignored: set[str] = field(default_factory=set)
    voted: tuple[str, int] | None = None
    """The poll and the option."""
    reacted: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Emoji by line."""
