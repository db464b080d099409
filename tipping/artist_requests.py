"""What the endpoints for artists and fans take."""

import datetime
from typing import Annotated

from msgspec import Meta

from infra.endpoint import RequestType
from tipping.overlay import Command
from tipping.requests import Count, TipNumber

Day = Annotated[datetime.date, Meta(description="A day in UTC, such as `2026-11-21`; it is included.")]


class DaysQuery(RequestType, frozen=True):
    """Which days."""

    since: Day | None = None
    until: Day | None = None


class HistoryQuery(DaysQuery, frozen=True):
    """Which tips."""

    before: TipNumber | None = None
    limit: Count = 50


class GivenQuery(RequestType, frozen=True):
    """Which tips."""

    before: TipNumber | None = None
    limit: Count = 50


class NewGoal(RequestType, frozen=True):
    """What to collect for."""

    title: Annotated[str, Meta(max_length=400)]
    target: Annotated[str, Meta(pattern="^[0-9]{1,78}$", description="Base units, or minor units.")]
    token: Annotated[
        str | None,
        Meta(description="The coin that counts; null: what tips are worth in the display currency."),
    ] = None


class OverlayCommand(RequestType, frozen=True):
    """What the overlay is to do."""

    do: Command
