"""Polls: what can be asked, and whether a vote counts. A core; votes are counted in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chat.errors import ClosedPoll
from chat.messages import Option, Poll
from chat.text import clean
from infra.command_errors import CommandMalformed

QUESTION_MAX_CHARACTERS = 200
OPTION_MAX_CHARACTERS = 80
OPTIONS_MAX = 10
DURATION_MIN_S = 5
DURATION_MAX_S = 86_400
SHOWN_AFTER_END_MS = 600_000
"""How long a closed poll stays in the room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPoll:
    """A poll as it is stored; votes are counted apart."""

    id: str
    question: str
    options: tuple[str, ...]
    ends_at_ms: int
    closed_at_ms: int | None = None

    def is_closed(self, now_ms: int) -> bool:
        return self.closed_at_ms is not None or now_ms >= self.ends_at_ms

    def is_shown(self, now_ms: int) -> bool:
        """Whether the room shows it: while it runs and a while after."""
        ended_ms = self.ends_at_ms if self.closed_at_ms is None else self.closed_at_ms
        return now_ms < ended_ms + SHOWN_AFTER_END_MS

    def closed(self, now_ms: int) -> "StoredPoll":
        return replace(self, closed_at_ms=min(now_ms, self.ends_at_ms))

    def require_vote(self, option: int, now_ms: int) -> None:
        """Raises ``ClosedPoll``, ``CommandMalformed``."""
        if self.is_closed(now_ms):
            raise ClosedPoll
        if not 0 <= option < len(self.options):
            raise CommandMalformed(f"option: expected 0 to {len(self.options) - 1}")

    def view(self, votes: Mapping[int, int], now_ms: int) -> Poll:
        """With ``votes`` by option."""
        return Poll(
            id=self.id,
            question=self.question,
            options=[Option(text, votes.get(number, 0)) for number, text in enumerate(self.options)],
            ends_at_ms=self.ends_at_ms,
            closed=self.is_closed(now_ms),
        )


def new_poll(poll_id: str, question: str, options: Sequence[str], duration_s: int, now_ms: int) -> StoredPoll:
    """Raises ``CommandMalformed``, which names the field."""
    asked = clean(question)
    if not 1 <= len(asked) <= QUESTION_MAX_CHARACTERS:
        raise CommandMalformed(f"question: expected 1 to {QUESTION_MAX_CHARACTERS} characters")
    answers = tuple(clean(option) for option in options)
    if not 2 <= len(answers) <= OPTIONS_MAX:
        raise CommandMalformed(f"options: expected 2 to {OPTIONS_MAX} of them")
    if any(not 1 <= len(each) <= OPTION_MAX_CHARACTERS for each in answers):
        raise CommandMalformed(f"options: expected 1 to {OPTION_MAX_CHARACTERS} characters each")
    if len({each.casefold() for each in answers}) != len(answers):
        raise CommandMalformed("options: two are the same")
    if not DURATION_MIN_S <= duration_s <= DURATION_MAX_S:
        raise CommandMalformed(f"duration_s: expected {DURATION_MIN_S} to {DURATION_MAX_S}")
    return StoredPoll(id=poll_id, question=asked, options=answers, ends_at_ms=now_ms + duration_s * 1_000)
