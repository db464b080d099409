"""Whoever is in a room gets exactly what happens from then on, in order, however it is cut up; and soon."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from signaling.gateway.audience import GATHERED_MAX_BYTES
from signaling.gateway.pace import TICK_MAX_S, TICK_MIN_S
from signaling.gateway.wire import FORMATS
from tests.signaling.gateway.crowd import Crowd, Someone

WRITE_S = 9e-6
"""What a write costs a real server, about."""


class AudienceMachine(RuleBasedStateMachine):
    """Events, signals, losses, joins, leaves and steps of the loop, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.crowd = Crowd(write_s=0.002, block_max=3)
        self.here: list[tuple[Someone, list[Any]]] = []
        """Everyone who ever came, with what they have to get."""

    @rule(subprotocol=st.sampled_from(sorted(FORMATS)), room=st.sampled_from(["stage", "hall"]))
    def join(self, subprotocol: str, room: str) -> None:
        self.here.append((self.crowd.joins(subprotocol, room), []))

    @rule(which=st.integers(0, 1_000))
    def leave(self, which: int) -> None:
        if self.here:
            self.here[which % len(self.here)][0].leave()

    @rule(which=st.integers(0, 1_000))
    def stop_reading(self, which: int) -> None:
        if self.here:
            self.here[which % len(self.here)][0].stop_reading()

    @rule(size=st.sampled_from([0, 10, 100_000, GATHERED_MAX_BYTES // 3]), times=st.integers(1, 3))
    def happen(self, size: int, times: int) -> None:
        for _ in range(times):
            self._tell(lambda: self.crowd.happens({"text": "x" * size}))
            self._expect(("event", self.crowd.topic.position.offset))

    @rule(number=st.integers(0, 9))
    def signal(self, number: int) -> None:
        self._tell(lambda: self.crowd.topic.on_signal("", msgspec.msgpack.encode(number)))
        self._expect(("signal", number))

    @rule()
    def interrupt(self) -> None:
        self._tell(self.crowd.audience.on_interrupted)
        self._expect(("interrupted", None))

    @rule()
    def reset(self) -> None:
        self._tell(self.crowd.audience.on_reset)

    @precondition(lambda self: self.crowd.loop.next_due_s() is not None)
    @rule()
    def wait(self) -> None:
        self.crowd.loop.now_s = max(self.crowd.loop.now_s, self.crowd.loop.next_due_s() or 0.0)

    @rule(times=st.integers(1, 3))
    def step(self, times: int) -> None:
        for _ in range(times):
            self.crowd.loop.step()

    @rule()
    def catch_up(self) -> None:
        self.crowd.loop.run_until(self.crowd.loop.now_s + 1.0)
        for someone, expected in self.here:
            if someone.membership.active:
                assert _heard(someone) == expected
        assert self.crowd.audience._gathered == []

    @invariant()
    def nobody_hears_anything_else(self) -> None:
        for someone, expected in self.here:
            heard = _heard(someone)
            assert heard == expected[: len(heard)]

    @invariant()
    def those_who_are_in_are_counted(self) -> None:
        active = sum(someone.membership.active for someone, _ in self.here)
        assert len(self.crowd.audience) == self.crowd.stats.memberships == active

    def _tell(self, tell: Any) -> None:
        """What was not written before a reset never is."""
        self._lost = False
        resets = self.crowd.stats.resets
        tell()
        if self.crowd.stats.resets != resets:
            self._lost = True
            for someone, expected in self.here:
                if someone.membership.active:
                    expected[:] = [*_heard(someone), ("reset", self.crowd.topic.position.offset)]

    def _expect(self, what: tuple[str, Any]) -> None:
        if not self._lost:
            for someone, expected in self.here:
                if someone.membership.active:
                    expected.append(what)


def _heard(someone: Someone) -> list[tuple[str, Any]]:
    return [
        (each["type"], each.get("offset", each.get("data")))
        for each in someone.transport.messages
        if each["type"] != "room_closed"
    ]


TestAudienceMachine = AudienceMachine.TestCase
TestAudienceMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("people", [3_000, 5_000])
def test_an_event_waits_for_one_pass_over_the_room_at_most(people: int) -> None:
    crowd = Crowd(write_s=WRITE_S)
    everyone = [crowd.joins() for _ in range(people)]
    happened_s: dict[int, float] = {}
    for _ in range(25):
        crowd.happens({"type": "said"})
        happened_s[crowd.topic.position.offset] = crowd.loop.now_s
        crowd.loop.run_until(crowd.loop.now_s + 0.0125)
    crowd.loop.run_until(crowd.loop.now_s + 1.0)
    waited_s = [
        at_s - happened_s[each["offset"]]
        for someone in everyone
        for each, at_s in zip(someone.transport.messages, someone.transport.times_s, strict=True)
    ]
    assert len(waited_s) == 25 * people
    assert max(waited_s) < max(people * WRITE_S, TICK_MAX_S) + 0.005


def test_when_it_is_quiet_an_event_leaves_at_once_and_then_once_a_tick() -> None:
    crowd = Crowd()
    someone = crowd.joins()
    began_s = crowd.loop.now_s
    crowd.happens("first")
    crowd.loop.step()
    assert someone.transport.times_s == [began_s]
    crowd.loop.now_s = began_s + 0.001
    for _ in range(5):
        crowd.happens("together")
    crowd.loop.run_until(began_s + 1.0)
    assert (someone.transport.frames, len(someone.transport.messages)) == (2, 6)
    assert someone.transport.times_s[-1] == pytest.approx(began_s + TICK_MIN_S)


def test_without_coalescing_every_event_has_a_frame_of_its_own() -> None:
    crowd = Crowd(coalesce=False)
    someone = crowd.joins()
    for _ in range(3):
        crowd.happens("alone")
    crowd.loop.step()
    assert someone.transport.frames == 3


def test_a_room_that_is_joined_amid_a_storm_falls_into_few_parts() -> None:
    crowd = Crowd(write_s=WRITE_S)
    for _ in range(1_000):
        crowd.joins()
        crowd.happens("storm")
        crowd.loop.run_until(crowd.loop.now_s + 0.001)
    crowd.loop.run_until(crowd.loop.now_s + 1.0)
    before = crowd.loop.now_s
    crowd.happens("the last")
    steps = 0
    while crowd.loop.step():
        steps += 1
    assert steps <= 10
    assert crowd.loop.now_s - before == pytest.approx(1_000 * WRITE_S)
