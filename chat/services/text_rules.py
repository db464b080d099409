"""Judges text that a room shows and that is no line of it, such as the message of a tip, by the rules of the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chat.repository import restrictions, rooms
from chat.rules import Accepted, text_verdict
from chat.services.tools import Tools
from chat.terms import BlockedTerms
from chat.text import clean

Outcome = Literal["shown", "held", "refused"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """``text`` is plain and on one line, whatever becomes of it."""

    text: str
    outcome: Outcome


class TextRules:
    """Of every room. Who may not write there may not be read there."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def judge(self, channel_id: int, said: Sequence[tuple[str | None, str]]) -> Sequence[Ruling]:
        """Each of these, in order: whose it is (``None``: nobody with an account) and what it says.

        Raises what the database raises.
        """
        now_ms = self._tools.now_ms()
        users = {user for user, _ in said if user is not None}
        async with self._tools.database.read() as session:
            stored = await rooms.get(session, channel_id)
            laid = await restrictions.of(session, channel_id, users, now_ms) if users else ()
        restricted = {each.user.id for each in laid if each.user is not None}
        terms = BlockedTerms(stored.terms)
        rulings = []
        for user, text in said:
            plain = clean(text)
            verdict = text_verdict(plain, stored.settings, terms)
            outcome: Outcome = "refused"
            if isinstance(verdict, Accepted) and user not in restricted:
                outcome = "shown" if verdict.hold is None else "held"
            rulings.append(Ruling(plain, outcome))
        return rulings
