"""What people are to a channel, read from those who know: accounts, owners, moderators, followers, supporters."""

from dataclasses import dataclass

from accounts.authorizer import ChannelFacts
from accounts.identity import Identity, UserId
from chat.colours import colour_of
from chat.errors import NoSuchUser
from chat.messages import Author
from chat.people import Followers, People, Speaker, Standing, Supporters, is_guest
from infra.storage import storage


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel, as this room needs to know it."""

    id: int
    name: str


class Standings:
    """Asks each time; whoever asks often remembers."""

    def __init__(
        self, channels: ChannelFacts, people: People, followers: Followers, supporters: Supporters
    ) -> None:
        self._channels = channels
        self._people = people
        self._followers = followers
        self._supporters = supporters

    async def of_caller(
        self, channel: ChannelRef, identity: Identity, name: str | None, network: str | None
    ) -> Speaker:
        """Of somebody who is here now."""
        if identity.user_id is None:
            return Speaker(id="", name="", standing=Standing.ANONYMOUS, network=network)
        return await self.of_account(
            channel, identity.user_id, is_admin=identity.is_admin, name=name, network=network
        )

    async def of_account(
        self,
        channel: ChannelRef,
        user_id: UserId,
        *,
        is_admin: bool,
        name: str | None = None,
        network: str | None = None,
    ) -> Speaker:
        """Of somebody with an account, wherever they are; ``name`` is for one who is not known any more."""
        with storage():
            standing = await self._standing(channel, user_id, is_admin=is_admin)
            followed_at = await self._followers.followed_at(user_id, channel.id)
            support = await self._supporters.support(user_id, channel.id)
            known = await self._people.known([user_id])
        return Speaker(
            id=user_id,
            name=known[user_id][0] if user_id in known else name or "",
            standing=standing,
            followed_at_ms=None if followed_at is None else round(followed_at.timestamp() * 1_000),
            tier=None if support is None else support.tier,
            is_top_supporter=support is not None and support.is_top,
            network=network,
        )

    async def of_target(self, channel: ChannelRef, user_id: str, guest_name: str | None = None) -> Speaker:
        """Of somebody who is acted upon; guests only with the name they wrote under. Raises ``NoSuchUser``."""
        if is_guest(user_id):
            if guest_name is None:
                raise NoSuchUser("this guest has written nothing here")
            return Speaker(id=user_id, name=guest_name, standing=Standing.GUEST)
        with storage():
            known = await self._people.known([UserId(user_id)])
            if UserId(user_id) not in known:
                raise NoSuchUser("nobody has this id")
            name, is_admin = known[UserId(user_id)]
            standing = await self._standing(channel, UserId(user_id), is_admin=is_admin)
        return Speaker(id=user_id, name=name, standing=standing)

    async def find(self, name: str) -> str:
        """The id of whoever has this name or id. Raises ``NoSuchUser``."""
        with storage():
            found = await self._people.find(name.removeprefix("@"))
        if not found:
            raise NoSuchUser(f"nobody is called {name[:60]}")
        if len(found) > 1:
            raise NoSuchUser(f"several people are called {name[:60]}; use the menu of their line")
        return found[0]

    async def _standing(self, channel: ChannelRef, user_id: UserId, *, is_admin: bool) -> Standing:
        subject = await self._channels.channel_subject(channel.name, user_id)
        if subject.owner_id == user_id:
            return Standing.OWNER
        if is_admin:
            return Standing.ADMIN
        return Standing.MODERATOR if subject.moderated_by_caller else Standing.USER


def author_of(speaker: Speaker) -> Author:
    return Author(speaker.id, speaker.name, colour_of(speaker.id), badges(speaker))


def badges(speaker: Speaker) -> list[str]:
    """The most telling first."""
    found = []
    if speaker.standing in (Standing.OWNER, Standing.ADMIN, Standing.MODERATOR, Standing.GUEST):
        found.append(speaker.standing.value)
    if speaker.is_top_supporter:
        found.append("tipper_top")
    if speaker.tier is not None:
        found.append(f"tipper:{speaker.tier}")
    if speaker.followed_at_ms is not None:
        found.append("follower")
    return found
