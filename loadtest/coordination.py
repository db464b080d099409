"""What the coordinator of a run and its workers say to each other: JSON over plain HTTP, on one machine or several.

    POST /{token}/workers                   WorkerHello  -> Assignment, when all have come; 410 when none is needed
    POST /{token}/workers/{number}/seconds  {second: Second} -> {"stop": bool}
    POST /{token}/workers/{number}/end      WorkerEnd -> {}

The token is a path that only those know who were told it.
"""

from __future__ import annotations

import msgspec

from loadtest.scenario import Scenario

BODY_MAX_BYTES = 8 << 20
CLOCKS_APART_S = 0.5
"""Seconds are put together by the clock: machines that differ by more cannot play together."""


class WorkerHello(msgspec.Struct, frozen=True):
    """A worker is there."""

    host: str
    pid: int
    now_s: float = 0.0
    """By its clock, in seconds since 1970."""


class Assignment(msgspec.Struct, frozen=True):
    """What a worker plays: everything of which its number is a part."""

    number: int
    workers: int
    begins_at_s: float
    """In seconds since 1970."""
    scenario: Scenario
    stream_key: str
    material: str
    """A directory on the coordinator's machine for encoded material and send times; empty on others."""
    is_own: bool = False
    """Whether somebody said that the target is theirs."""


class WorkerEnd(msgspec.Struct, frozen=True):
    """A worker has done its part; `error` says why it could not."""

    error: str = ""
