"""Chat's part when a person asks for their data, or leaves (``accounts.personal_data``)."""

from collections.abc import Mapping

from accounts.identity import UserId
from chat import topics
from chat.messages import Anonymised
from chat.repository import ignores, lines, polls, reactions, restrictions, rooms
from chat.room import DELETED_NAME
from infra.database import Database
from infra.outbox import Outbox


class ChatPersonalData:
    """What somebody wrote stays where others answered it, but nothing tells any more who wrote it."""

    section = "chat"

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        """Everything kept about the person; notes of moderators about them are the moderators' own words."""
        async with self._database.read() as session:
            return {
                "lines": [
                    {
                        "at_ms": line.message.at_ms,
                        "text": line.message.text,
                        "broadcast": line.message.broadcast,
                        "state": line.state,
                        "deleted": line.deleted_by is not None,
                        "network": line.network,
                    }
                    for line in await lines.written_by(session, user_id)
                ],
                "reactions": [
                    {"line": id_, "emoji": emoji} for id_, emoji in await reactions.given_by(session, user_id)
                ],
                "votes": [
                    {"question": question, "answer": answer}
                    for question, answer in await polls.votes_of(session, user_id)
                ],
                "ignores": await ignores.of(session, user_id),
                "restrictions": [
                    {"kind": each.kind, "until_ms": each.until_ms, "reason": each.reason, "at_ms": each.at_ms}
                    for _, each in await restrictions.laid_on(session, user_id)
                ],
            }

    async def forget(self, user_id: UserId, /) -> None:
        """Doing it twice is the same as once."""
        async with self._database.write() as session:
            channels = await lines.channels_of(session, user_id)
            await lines.anonymise(session, user_id)
            await reactions.remove_of(session, user_id)
            await polls.forget_votes(session, user_id)
            await ignores.forget(session, user_id)
            await rooms.forget(session, user_id, DELETED_NAME)
        for channel_id in channels:
            await self._outbox.publish(topics.public(channel_id), Anonymised(user_id))
