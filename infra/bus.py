"""What carries events between the parts of the server, and between its processes: the contract.

A bus has topics, and each topic is a log: every published event gets the next **offset** (1, 2, 3, ...) in the topic's
**epoch**. An epoch ends when the log was lost or forgotten (the bus was restarted, the topic was not used for days);
offsets then begin anew, and positions of the former epoch mean nothing any more.

Delivery below is at most once: a receiver hears live entries in order, but entries may be missing when the connection
to the bus was lost. Recovery above: offsets show the gap, and ``history`` gives what was missed, whole or not at all.
``infra.topics`` does this for everyone; a room uses that and publishes here.

The right order for a receiver is to subscribe first and keep what comes, then to read the history, then to merge.

``infra.bus_memory`` is for one process, ``infra.bus_redis`` for several; one suite of tests (``tests/contract``) holds
for both. A bus keeps the last ``HISTORY_MAX_ENTRIES`` of a topic, and forgets them when nothing was published in it for
``HISTORY_MAX_AGE_S``. State that must survive belongs in the database.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Protocol

from infra.errors import DomainError

HISTORY_MAX_ENTRIES = 1_000
HISTORY_MAX_AGE_S = 3_600.0
KEY_KEPT_S = 300.0
"""How long a publication's idempotency key is remembered."""
EVENT_MAX_BYTES = 64 * 1024

_TOPIC = re.compile(r"[a-z_]{1,32}(:[A-Za-z0-9_-]{1,128})?")
_KEY = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a topic's log. ``offset`` is that of the last event; 0 before the first."""

    epoch: str
    offset: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One published event. ``data`` is plain msgpack: a map with text keys and no binary, so it can be JSON as well."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class History:
    """What a topic holds after a position."""

    position: Position
    """Of the last event there is now."""
    entries: tuple[Entry, ...]
    """In order, without gaps, up to ``position``; empty when not ``complete``."""
    complete: bool
    """Whether nothing between the position that was asked for and ``entries`` is missing."""


class BusUnavailable(DomainError):
    """The bus cannot be reached. Nothing was sent, unless ``uncertain``: then nobody can know.

    Publishing again with the same key is safe in both cases.
    """

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Events cannot be passed on at the moment"

    def __init__(self, detail: str = "try again in a moment", *, uncertain: bool = False) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})
        self.uncertain = uncertain


class Receiver(Protocol):
    """Who hears a topic. All of these are called on the event loop, return at once and do not raise."""

    def on_entry(self, topic: str, epoch: str, entry: Entry, /) -> None:
        """A live event. In order within an epoch; after a gap or in another epoch, ask for the history.

        May be called before or after ``publish`` has returned to whoever published.
        """

    def on_signal(self, topic: str, data: bytes, /) -> None:
        """Something unnumbered: not kept, may be lost."""

    def on_lost(self) -> None:
        """The bus cannot be reached: from now on events may be missed."""

    def on_back(self) -> None:
        """It is there again, and every subscription with it: ask for the history now."""


class Bus(Protocol):
    """Every method raises ``ValueError`` for a topic or key that is not one (``check_topic``, ``check_key``)."""

    async def publish(self, topic: str, data: bytes, *, key: str | None = None) -> Position:
        """Appends an event and returns its position. Raises ``BusUnavailable``.

        Several publications with the same ``key`` in a topic within ``KEY_KEPT_S`` are one, if the epoch is the same:
        the same position is returned, and the event is delivered once.
        """

    async def signal(self, topic: str, data: bytes) -> None:
        """Tells whoever listens now, without a number and without keeping it. Raises ``BusUnavailable``."""

    async def subscribe(self, topic: str, receiver: Receiver) -> None:
        """From its return on, ``receiver`` hears what is published. Raises ``BusUnavailable``: then it hears nothing.

        A receiver subscribes to a topic once. Subscriptions outlive a loss of the connection.
        """

    async def unsubscribe(self, topic: str, receiver: Receiver) -> None:
        """From its call on, ``receiver`` hears nothing of the topic. Never fails."""

    async def history(self, topic: str, since: Position | None, limit: int) -> History:
        """What was published after ``since``; with ``None`` the last ``limit`` events. Raises ``BusUnavailable``.

        Not complete, and without entries, when ``since`` is of another epoch or ahead of the log, when entries after
        it have been forgotten, or when there are more than ``limit``. ``limit`` 0 with ``None`` tells the position.
        """


def check_topic(topic: str) -> None:
    """A topic is a word and an id, such as ``channel:0193...``; ``ValueError`` when it is not."""
    if not _TOPIC.fullmatch(topic):
        raise ValueError(f"{topic[:80]!r} is no topic")


def check_key(key: str) -> None:
    """Up to 200 visible ASCII characters; ``ValueError`` when it is something else."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key is 1 to 200 visible ASCII characters")
