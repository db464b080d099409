"""Following a log: whatever is lost, late or begun anew, what was applied is the log, each entry once and in order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from infra.bus import Entry, History, Position
from infra.follower import Apply, CatchUp, Effect, Follower, Phase, Reload

KEPT = 6


class Log:
    """A topic as the bus has it."""

    def __init__(self) -> None:
        self.epochs = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        self.epochs += 1
        self.epoch = f"epoch{self.epochs}"
        self.entries: list[Entry] = []

    @property
    def position(self) -> Position:
        return Position(self.epoch, len(self.entries))

    def history(self, since: Position) -> History:
        missed = len(self.entries) - since.offset
        if since.epoch != self.epoch or not 0 <= missed <= KEPT:
            return History(self.position, (), complete=False)
        return History(self.position, tuple(self.entries[since.offset :]), complete=True)


class Following(RuleBasedStateMachine):
    """A follower, its driver, and a bus that loses and delays.

    The state is the list of everything ever published (a database that is always written first), as far as the
    follower knows: what it loaded, and what it applied since.
    """

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.stored: list[int] = []
        self.follower = Follower(max_kept=4)
        self.known: list[int] = []
        self.on_the_way: list[tuple[str, Entry]] = []
        self.need: Effect | None = Reload()
        self.read: tuple[Position, list[int]] | None = None
        self.answer: History | None = None
        self.is_up = True

    @initialize()
    def begin(self) -> None:
        self.look_at_the_bus()
        self.finish()

    @rule(delivered=st.booleans())
    def publish(self, delivered: bool) -> None:
        number = len(self.stored)
        self.stored.append(number)
        entry = Entry(len(self.log.entries) + 1, b"%d" % number)
        self.log.entries.append(entry)
        if delivered and self.is_up:
            self.on_the_way.append((self.log.epoch, entry))

    @rule()
    def deliver(self) -> None:
        if self.on_the_way and self.is_up:
            self.carry_out(self.follower.hear(*self.on_the_way.pop(0)))

    @rule()
    def lose_the_bus(self) -> None:
        if self.is_up:
            self.is_up = False
            self.on_the_way.clear()
            self.answer = self.read = None
            self.follower.lost()

    @rule()
    def bus_is_back(self) -> None:
        if not self.is_up:
            self.is_up = True
            if self.follower.position is not None:
                self.carry_out(self.follower.back())

    @rule()
    def begin_anew(self) -> None:
        """The bus was restarted: everyone has lost the connection, and the log."""
        self.lose_the_bus()
        self.log.begin_anew()

    @rule()
    def forget(self) -> None:
        """The log was forgotten while everyone was connected."""
        self.log.begin_anew()

    @precondition(lambda self: self.need is not None and self.is_up)
    @rule()
    def look_at_the_bus(self) -> None:
        match self.need:
            case CatchUp(since=since):
                self.answer = self.log.history(since)
            case Reload():
                self.read = (self.log.position, [])
            case _:
                pass

    @precondition(lambda self: self.read is not None)
    @rule()
    def read_the_state(self) -> None:
        assert self.read is not None
        self.read = (self.read[0], list(self.stored))

    @precondition(lambda self: self.need is not None)
    @rule()
    def finish(self) -> None:
        if isinstance(self.need, CatchUp) and self.answer is not None:
            answer, self.answer, self.need = self.answer, None, None
            self.carry_out(self.follower.caught_up(answer))
        elif isinstance(self.need, Reload) and self.read is not None:
            position, stored = self.read
            stored = stored or list(self.stored)
            self.read = self.need = None
            self.known = stored
            self.carry_out(self.follower.loaded(position))

    @rule()
    def settle(self) -> None:
        """Everything that is on its way arrives, and what it needs is given: then nothing is missing."""
        self.bus_is_back()
        for _ in range(50):
            while self.on_the_way:
                self.deliver()
            if self.need is None:
                break
            self.look_at_the_bus()
            self.finish()
        # A later event shows what was lost before it, when nothing else did.
        for _ in range(3):
            self.publish(delivered=True)
            for _ in range(50):
                while self.on_the_way:
                    self.deliver()
                if self.need is None:
                    break
                self.look_at_the_bus()
                self.finish()
        assert self.need is None
        assert self.follower.phase is Phase.FOLLOWING
        assert self.follower.position == self.log.position
        assert self.known == self.stored

    @invariant()
    def what_is_known_is_a_beginning_of_what_was_stored(self) -> None:
        assert self.known == self.stored[: len(self.known)]

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Apply(entries=entries):
                    for entry in entries:
                        number = int(entry.data)
                        # The state may hold it already; then applying changes nothing.
                        if number >= len(self.known):
                            self.known.append(number)
                            assert self.known[-1] == number == len(self.known) - 1
                case CatchUp() | Reload():
                    self.need = effect
                    self.answer = self.read = None


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_an_entry_that_came_before_is_passed_over() -> None:
    follower = Follower()
    follower.loaded(Position("a", 5))
    assert follower.hear("a", Entry(5, b"")) == []
    assert follower.hear("a", Entry(6, b"x")) == [Apply((Entry(6, b"x"),))]
    assert follower.hear("a", Entry(6, b"x")) == []


def test_a_gap_is_asked_for_and_what_comes_meanwhile_waits() -> None:
    follower = Follower()
    follower.loaded(Position("a", 5))
    assert follower.hear("a", Entry(8, b"8")) == [CatchUp(Position("a", 5))]
    assert follower.hear("a", Entry(9, b"9")) == []
    missed = tuple(Entry(number, b"%d" % number) for number in (6, 7, 8))
    effects = follower.caught_up(History(Position("a", 8), missed, complete=True))
    assert effects == [Apply(missed), Apply((Entry(9, b"9"),))]


def test_an_incomplete_history_means_to_begin_anew() -> None:
    follower = Follower()
    follower.loaded(Position("a", 5))
    follower.hear("a", Entry(8, b"8"))
    assert follower.caught_up(History(Position("a", 8), (), complete=False)) == [Reload()]
    assert follower.hear("a", Entry(9, b"9")) == []
    assert follower.loaded(Position("a", 8)) == [Apply((Entry(9, b"9"),))]
