"""Whatever happens in a room, in whatever order: a snapshot and the events after it are what a fresh snapshot is.

The machine keeps what a database would keep, publishes events as the services do, and compares three kinds of rooms:
one that was there from the beginning, ones that were loaded in between and hear older events again, and a client that
has nothing but a snapshot and the events since.
"""

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chat import messages as m
from chat.desk import Desk
from chat.errors import Refused
from chat.moderation import require_may_act
from chat.moderation_log import Acted, BlockedTermView, LogEntry, Person, Restriction
from chat.people import Speaker, Standing
from chat.room import WINDOW, Line, Room, anonymised
from chat.rules import Accepted, Refusal, line_verdict, standing_refusal
from chat.terms import BlockedTerms
from infra.request_errors import NotAllowed

PEOPLE = {
    "owner": Standing.OWNER,
    "admin": Standing.ADMIN,
    "mod": Standing.MODERATOR,
    "fan": Standing.USER,
    "other": Standing.USER,
}
people = st.sampled_from(sorted(PEOPLE))
places = st.integers(0, 300)


class RoomMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000
        self.next_id = 0
        self.rows: dict[str, Line] = {}
        self.settings = m.RoomSettings()
        self.pinned: str | None = None
        self.poll: m.Poll | None = None
        self.log: list[Any] = []
        self.first = Room()
        self.later: list[Room] = []
        self.clients: list[Room] = []
        self.desk = Desk()
        self.gone: set[str] = set()

    # What the database would do.

    def fresh(self) -> Room:
        window = [self.rows[id_] for id_ in sorted(self.rows)][-WINDOW:]
        pinned = None
        if self.pinned is not None and self.pinned in self.rows and not self.rows[self.pinned].deleted:
            pinned = self.rows[self.pinned].message
        return Room(self.settings, window, pinned, self.poll)

    def publish(self, event: Any) -> None:
        data = msgspec.msgpack.decode(msgspec.msgpack.encode(event))
        self.log.append(data)
        for room in (self.first, *self.later, *self.clients):
            room.apply(data)

    def row(self, place: int) -> str | None:
        ids = sorted(self.rows)
        return ids[place % len(ids)] if ids else None

    def hide(self, ids: set[str]) -> None:
        for id_ in ids:
            self.rows[id_] = Line(self.rows[id_].message, deleted=True)
        for id_, line in self.rows.items():
            if line.message.reply_to is not None and line.message.reply_to.id in ids:
                self.rows[id_] = Line(msgspec.structs.replace(line.message, reply_to=None), line.deleted)

    # What people do.

    @rule(who=people, text=st.text("ab ", max_size=3), place=st.none() | places)
    def say(self, who: str, text: str, place: int | None) -> None:
        if who in self.gone:
            return
        self.now_ms += 1
        speaker = Speaker(id=who, name=who, standing=PEOPLE[who])
        restriction = self.desk.restriction_of(who, None, self.now_ms)
        if standing_refusal(speaker, self.settings, restriction, self.now_ms) is not None:
            return
        verdict = line_verdict(
            speaker, text, self.first, BlockedTerms(), self.now_ms, self.first.last_said_at_ms(who)
        )
        if isinstance(verdict, Refusal):
            assert issubclass(verdict.error, Refused)
            return
        assert isinstance(verdict, Accepted)
        quoted = None if place is None else self.row(place)
        reply = None
        if quoted is not None and not self.rows[quoted].deleted:
            line = self.rows[quoted].message
            if line.author is not None:
                reply = m.Reply(line.id, line.author.name, line.text, line.author.id)
        self.next_id += 1
        message = m.Message(
            id=f"{self.next_id:020d}",
            author=m.Author(who, who, "#000000", []),
            text=text,
            at_ms=self.now_ms,
            reply_to=reply,
        )
        self.rows[message.id] = Line(message)
        self.publish(m.Said(message))

    @precondition(lambda self: self.rows)
    @rule(count=st.integers(90, 130))
    def say_much(self, count: int) -> None:
        for _ in range(count):
            self.say("owner", "a", None)

    @rule(place=places)
    def delete(self, place: int) -> None:
        if (id_ := self.row(place)) is not None and not self.rows[id_].deleted:
            self.hide({id_})
            self.publish(m.Deleted([id_], "moderator"))

    @rule(who=st.none() | people)
    def clear(self, who: str | None) -> None:
        before = f"{self.next_id:020d}"
        self.hide(
            {
                id_
                for id_, line in self.rows.items()
                if who is None or (line.message.author is not None and line.message.author.id == who)
            }
        )
        self.publish(m.Cleared(who, before))

    @rule(place=places, count=st.integers(0, 3))
    def react(self, place: int, count: int) -> None:
        if (id_ := self.row(place)) is not None and not self.rows[id_].deleted:
            counts = {"👏": count} if count else {}
            message = msgspec.structs.replace(self.rows[id_].message, reactions=counts)
            self.rows[id_] = Line(message)
            self.publish(m.Reacted(id_, counts))

    @rule(place=st.none() | places)
    def pin(self, place: int | None) -> None:
        id_ = None if place is None else self.row(place)
        if id_ is not None and self.rows[id_].deleted:
            return
        self.pinned = id_
        self.publish(m.Pinned(None if id_ is None else self.rows[id_].message))

    @rule(slow=st.sampled_from([0, 1]), emote=st.booleans(), unique=st.booleans())
    def change_settings(self, slow: int, emote: bool, unique: bool) -> None:
        self.settings = m.RoomSettings(slow_mode_s=slow, emote_only=emote, unique_messages=unique)
        self.publish(m.SettingsChanged(self.settings))

    @rule(votes=st.none() | st.integers(0, 5))
    def poll_changes(self, votes: int | None) -> None:
        self.poll = None
        if votes is not None:
            self.poll = m.Poll(
                id="p", question="?", options=[m.Option("a", votes)], ends_at_ms=1, closed=False
            )
        self.publish(m.PollChanged(self.poll))

    @rule(who=people)
    def leave_for_good(self, who: str) -> None:
        if who == "owner":
            return
        self.gone.add(who)
        for id_, line in self.rows.items():
            self.rows[id_] = Line(anonymised(line.message, who), line.deleted)
        self.publish(m.Anonymised(who))

    @rule(place=places)
    def expire(self, place: int) -> None:
        if (before := self.row(place)) is not None:
            for id_ in [each for each in self.rows if each < before]:
                del self.rows[id_]
            self.publish(m.Expired(before))

    @rule(by=people, whom=people, for_ms=st.sampled_from([5, 10_000]))
    def time_out(self, by: str, whom: str, for_ms: int) -> None:
        try:
            require_may_act(PEOPLE[by], by, PEOPLE[whom], whom)
        except NotAllowed:
            assert not PEOPLE[by].moderates or PEOPLE[whom].moderates or by == whom
            return
        assert PEOPLE[by].moderates
        assert not PEOPLE[whom].governs
        self.next_id += 1
        id_ = f"{self.next_id:020d}"
        self.desk.on(
            Acted(
                LogEntry(
                    id=id_, at_ms=self.now_ms, by=Person(by, by), action="timeout", user=Person(whom, whom)
                ),
                Restriction(
                    id=id_,
                    user=Person(whom, whom),
                    kind="timeout",
                    until_ms=self.now_ms + for_ms,
                    by=Person(by, by),
                    reason="",
                    at_ms=self.now_ms,
                ),
            )
        )
        self.clear(whom)

    @rule(again=st.integers(0, 40))
    def load_another(self, again: int) -> None:
        """Another process opens the room; some of what it loads comes again as events."""
        room = self.fresh()
        for event in self.log[len(self.log) - min(again, len(self.log)) :]:
            room.apply(event)
        self.later = [*self.later[-2:], room]

    @rule()
    def another_client(self) -> None:
        shown = self.first.snapshot()
        lines = [Line(each) for each in shown.messages]
        self.clients = [*self.clients[-2:], Room(shown.settings, lines, shown.pinned, shown.poll)]

    # What always holds.

    @invariant()
    def loaded_rooms_are_what_a_fresh_one_is(self) -> None:
        fresh = self.fresh().snapshot()
        for room in (self.first, *self.later):
            shown = room.snapshot()
            assert (shown.settings, shown.poll, shown.pinned) == (fresh.settings, fresh.poll, fresh.pinned)
            assert _common(shown.messages, fresh.messages)

    @invariant()
    def a_client_shows_what_a_fresh_one_does(self) -> None:
        fresh = self.fresh().snapshot()
        for client in self.clients:
            shown = client.snapshot()
            assert (shown.settings, shown.poll, shown.pinned) == (fresh.settings, fresh.poll, fresh.pinned)
            assert _common(shown.messages, fresh.messages)

    @invariant()
    def lines_sort_by_id_and_are_bounded(self) -> None:
        for room in (self.first, *self.later, *self.clients):
            ids = [each.id for each in room.snapshot().messages]
            assert ids == sorted(set(ids))
            assert len(ids) <= WINDOW

    @invariant()
    def nobody_who_governs_is_restricted(self) -> None:
        for who, standing in PEOPLE.items():
            if standing.governs:
                assert self.desk.restriction_of(who, None, self.now_ms) is None


def _common(one: list[m.Message], other: list[m.Message]) -> bool:
    """Whether they are the same as far back as both reach."""
    if not one or not other:
        # One that reaches further back than the other may have lines where the other has none.
        return True
    since = max(one[0].id, other[0].id)
    return [each for each in one if each.id >= since] == [each for each in other if each.id >= since]


RoomMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestRoomMachine = RoomMachine.TestCase


def test_a_desk_and_the_events_after_it_are_what_a_fresh_desk_is() -> None:
    by, whom = Person("mod", "Mod"), Person("fan", "Fan")
    entries = [
        LogEntry(id=f"{number:020d}", at_ms=number, by=by, action="ban" if number % 2 else "unban", user=whom)
        for number in range(300)
    ]
    first, again = Desk(), Desk()
    laid: list[str] = []
    for entry in entries:
        restriction = None
        if entry.action == "ban":
            restriction = Restriction(
                id=entry.id, user=whom, kind="ban", until_ms=None, by=by, reason="", at_ms=entry.at_ms
            )
        event = msgspec.msgpack.decode(msgspec.msgpack.encode(Acted(entry, restriction, laid)))
        laid = [entry.id] if restriction is not None else []
        for desk in (first, again):
            desk.apply(event)
        again.apply(event)
        held_by = None if restriction is None else restriction
        assert first.restriction_of("fan", None, entry.at_ms) == held_by
    fresh = Desk(restrictions=[held_by] if held_by else [], log=entries[:-101:-1])
    assert first.snapshot() == again.snapshot() == fresh.snapshot()
    terms = [BlockedTermView("jerk")]
    first.apply({"type": "blocked_terms", "terms": [{"term": "jerk", "action": "block"}]})
    assert first.snapshot().blocked_terms == terms
