"""Who is in a room: counted exactly up to a size, then rounded; names of some. A core.

Every process counts its own connections and tells the others (``report``); what another process told holds for
``REPORT_HOLDS_S``. Joining and leaving is not told one by one.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec

from chat.messages import Viewers
from chat.moderation_log import Chatter

EXACT_UP_TO = 1_000
TELL_EVERY_S = 2.0
REPORT_EVERY_S = 10.0
REPORT_HOLDS_S = 25.0
ANSWER_EVERY_S = 0.1
CHATTERS_MAX = 200
PROCESSES_MAX = 1_000


class Report(msgspec.Struct, frozen=True, tag_field="type", tag="here"):
    """What a process tells the others of one room."""

    process: str
    connections: int
    people: int
    chatters: list[Chatter]


class Asked(msgspec.Struct, frozen=True, tag_field="type", tag="asked"):
    """Somebody wants to know who is there, and does not know yet what others told."""


@dataclass(frozen=True, slots=True)
class _Other:
    report: Report
    at_s: float


class Presence:
    """Of one room in one process. Times are in seconds on one monotonic clock."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._connections = 0
        self._people: Counter[str] = Counter()
        self._chatters: dict[str, Chatter] = {}
        self._others: dict[str, _Other] = {}
        self._told: Viewers | None = None
        self._told_at_s = float("-inf")
        self._reported: Report | None = None
        self._reported_at_s = float("-inf")

    @property
    def connections(self) -> int:
        return self._connections

    def came(self, chatter: Chatter | None) -> None:
        """A connection came in; ``None`` for somebody without a name."""
        self._connections += 1
        if chatter is not None:
            self._people[chatter.id] += 1
            self._chatters[chatter.id] = chatter

    def went(self, user_id: str | None) -> None:
        self._connections -= 1
        if user_id is not None:
            self._people[user_id] -= 1
            if self._people[user_id] <= 0:
                del self._people[user_id]
                self._chatters.pop(user_id, None)

    def hear(self, signal: Any, now_s: float) -> None:
        """What another process tells."""
        if not isinstance(signal, dict) or signal.get("type") != "here":
            return
        report = msgspec.convert(signal, type=Report)
        if report.process == self._process:
            return
        if len(self._others) < PROCESSES_MAX or report.process in self._others:
            self._others[report.process] = _Other(report, now_s)

    def count(self, now_s: float) -> int:
        """Connections in all processes."""
        return self._connections + sum(each.report.connections for each in self._present(now_s))

    def viewers(self, now_s: float) -> Viewers:
        """As it is told: beyond ``EXACT_UP_TO`` with two digits, so that a crowd's comings and goings are no news."""
        count = self.count(now_s)
        if count <= EXACT_UP_TO:
            return Viewers(count)
        step: int = 10 ** (len(str(count)) - 2)
        return Viewers(round(count / step) * step, exact=False)

    def chatters(self, now_s: float) -> tuple[int, list[Chatter]]:
        """How many people with a name are here, and some of them by name."""
        found = dict(self._chatters)
        others = 0
        for each in self._present(now_s):
            others += each.report.people - len(each.report.chatters)
            for chatter in each.report.chatters:
                found.setdefault(chatter.id, chatter)
        some = sorted(found.values(), key=lambda each: (each.name.casefold(), each.id))[:CHATTERS_MAX]
        return len(found) + others, some

    def names(self) -> dict[str, str]:
        """People of this process, names by id."""
        return {each.id: each.name for each in self._chatters.values()}

    def news(self, now_s: float) -> Viewers | None:
        """What is to be told to those in the room; at most every ``TELL_EVERY_S``, and only when it changed."""
        viewers = self.viewers(now_s)
        if viewers == self._told or now_s - self._told_at_s < TELL_EVERY_S:
            return None
        self._told, self._told_at_s = viewers, now_s
        return viewers

    def report(self, now_s: float, *, asked: bool = False) -> Report | None:
        """What is to be told to the other processes, if it is time; sooner when one of them asks."""
        age_s = now_s - self._reported_at_s
        if age_s < (ANSWER_EVERY_S if asked else TELL_EVERY_S):
            return None
        some = list(self._chatters.values())[:CHATTERS_MAX]
        report = Report(self._process, self._connections, len(self._chatters), some)
        if not asked and report == self._reported and age_s < REPORT_EVERY_S:
            return None
        self._reported, self._reported_at_s = report, now_s
        return report

    def _present(self, now_s: float) -> list[_Other]:
        for process in [key for key, each in self._others.items() if now_s - each.at_s > REPORT_HOLDS_S]:
            del self._others[process]
        return list(self._others.values())
