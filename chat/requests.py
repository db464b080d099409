"""What the endpoints of chat take: bodies and queries, as msgspec types."""

from typing import Annotated

from msgspec import Meta

from chat.moderation_log import TermAction
from infra.endpoints import RequestType
from infra.pagination import LIMIT_MAX

LineId = Annotated[
    str, Meta(pattern="^[0-9a-v]{20}$", description="A line's id: only what is before it.", max_length=20)
]
EntryId = Annotated[
    str, Meta(pattern="^[0-9a-v]{20}$", description="An entry's id: only older ones.", max_length=20)
]
Count = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many at most.")]


class MessagesQuery(RequestType, frozen=True):
    """Older lines, or lines of a broadcast by its clock."""

    before: LineId | None = None
    broadcast: (
        Annotated[int, Meta(ge=1, le=2**31 - 1, description="Lines of this broadcast only.")] | None
    ) = None
    from_ms: Annotated[
        int, Meta(ge=0, le=2**53, description="With `broadcast`: from this moment of its clock on.")
    ] = 0
    to_ms: (
        Annotated[int, Meta(ge=0, le=2**53, description="With `broadcast`: before this moment.")] | None
    ) = None
    limit: Count = 50


class SearchQuery(RequestType, frozen=True):
    """Which lines to look for."""

    q: Annotated[str, Meta(min_length=1, max_length=200, description="Words, in any case.")] | None = None
    user: Annotated[str, Meta(min_length=1, max_length=16, description="An id.")] | None = None
    before: LineId | None = None
    limit: Count = 50


class LogQuery(RequestType, frozen=True):
    """Which part of the log."""

    before: EntryId | None = None
    limit: Count = 50


class TermChange(RequestType, frozen=True):
    """A blocked term."""

    term: Annotated[
        str,
        Meta(description="1 to 60 characters; `*` at an end lets the word go on there.", max_length=400),
    ]
    action: TermAction = "block"


class TermsChange(RequestType, frozen=True):
    """All of the blocked terms."""

    terms: Annotated[list[TermChange], Meta(max_length=1_000, description="At most 500.")]


class NewNote(RequestType, frozen=True):
    """A note about somebody."""

    text: Annotated[str, Meta(description="1 to 1,000 characters.", max_length=4_000)]
