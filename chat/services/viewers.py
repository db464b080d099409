"""What viewers arrange for themselves: whom they ignore, and the name a guest goes by."""

import secrets

from accounts.display_names import display_name
from accounts.errors import DisplayNameInvalid
from chat.errors import TooManyIgnored
from chat.guests import GuestTokens
from chat.people import GUEST_PREFIX, Speaker, Standing
from chat.repository import ignores
from chat.seats import ChatSeat
from chat.services.tools import Tools
from chat.text import skeleton
from infra.command_errors import CommandMalformed
from infra.request_errors import NotAllowed, NotSignedIn
from infra.storage import storage
from infra.tasks import uninterrupted

IGNORED_MAX = 500
GUEST_NAME_MAX_CHARACTERS = 30


class ViewerService:
    """Of every room."""

    def __init__(self, tools: Tools, guests: GuestTokens) -> None:
        self._tools = tools
        self._guests = guests

    async def ignore(self, seat: ChatSeat, user_id: str, *, on: bool) -> None:
        """Raises ``TooManyIgnored``, ``NotAllowed``."""
        own = seat.known.id
        if user_id == own:
            raise NotAllowed("this would be you")
        if not 1 <= len(user_id) <= 16:
            raise CommandMalformed("user: expected an id")
        with storage():
            await uninterrupted(self._ignore(own, user_id, on=on))
        for room in [seat.room]:
            for each in room.seats_of(own):
                (each.ignored.add if on else each.ignored.discard)(user_id)
                each.refresh()

    def be_guest(self, seat: ChatSeat, name: str, token: str | None = None) -> Speaker:
        """Gives somebody without an account a name; ``token`` tells which guest they were.

        Raises ``NotAllowed``, ``NotSignedIn``, ``CommandMalformed``.
        """
        if seat.known.standing not in (Standing.ANONYMOUS, Standing.GUEST):
            raise NotAllowed("you have a name already")
        if not seat.room.public.settings.guests:
            raise NotSignedIn("this chat is for people with an account; sign in")
        try:
            checked = display_name(name)
        except DisplayNameInvalid as error:
            raise CommandMalformed(f"name: {error}") from None
        if len(checked) > GUEST_NAME_MAX_CHARACTERS:
            raise CommandMalformed(f"name: expected at most {GUEST_NAME_MAX_CHARACTERS} characters")
        looks_like = skeleton(checked)
        # The same guest as long as the connection lasts, whatever they call themselves or show: restrictions stay.
        user_id = seat.known.id
        if not user_id and token is not None:
            user_id = self._guests.read(seat.channel.id, token, self._tools.now_ms()) or ""
        others = [each for id_, each in seat.room.people().items() if id_ != user_id]
        if any(skeleton(each) == looks_like for each in others):
            raise NotAllowed("somebody here has this name, or one that looks like it")
        return seat.become_guest(user_id or GUEST_PREFIX + secrets.token_hex(5), checked)

    async def _ignore(self, own: str, user_id: str, *, on: bool) -> None:
        async with self._tools.database.write() as session:
            if not on:
                await ignores.remove(session, own, user_id)
                return
            await ignores.add(session, own, user_id, self._tools.now_ms())
            if await ignores.count(session, own) > IGNORED_MAX:
                raise TooManyIgnored(f"you ignore {IGNORED_MAX} people already")
