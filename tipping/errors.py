"""What can go wrong: between the watcher and the chain, which no client is told, and with what clients ask.

TippingError
  +-- ChainUnavailable, NodeFailed, NodeRefused, LeaseLost
TipError
  +-- NoSuchTip, GoalInvalid, TransactionMalformed, ChainBusy
"""

from typing import ClassVar

from infra.errors import DomainError


class TippingError(Exception):
    """Base of what happens between the watcher and the chain."""


class ChainUnavailable(TippingError):
    """No node gave an answer that can be used; ``retry_in_s`` says when asking again may help."""

    def __init__(self, retry_in_s: float) -> None:
        super().__init__(f"no node answers; next attempt in {retry_in_s:.1f} s")
        self.retry_in_s = retry_in_s


class NodeFailed(TippingError):
    """A node did not answer, or not with the truth. ``pause_s`` is how long it asked to be left alone."""

    def __init__(self, reason: str, pause_s: float = 0.0) -> None:
        super().__init__(reason)
        self.pause_s = pause_s


class NodeRefused(TippingError):
    """A node answered that it cannot do what was asked: it does not know a block, or a range is too large."""


class LeaseLost(TippingError):
    """Another process watches this chain now. Nothing was stored."""


class TipError(DomainError):
    """Base of what clients are told."""


class NoSuchTip(TipError):
    """There is no tip with this id, or the chain has dropped it."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such tip"


class GoalInvalid(TipError):
    """Nothing a channel could collect for."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a goal"
