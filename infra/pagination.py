"""Lists in pages: ``?cursor=&limit=`` in, ``{"items": [...], "next_cursor": ...}`` out.

A core. A cursor is the sort key of the last item of the page before, written so that clients do not take it for
anything else. It is not signed: it says nothing secret, and it is checked for its type when it comes back, so a
made-up one can only start a page at another place of the same list.

    page = Page.of(rows, query.limit, lambda row: (row.created_at, row.id), view)

where ``rows`` were asked for with ``query.limit + 1`` rows after ``query.after(tuple[datetime, int])``.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from infra.decoding import is_storable_text
from infra.endpoint import RequestType
from infra.request_errors import CursorInvalid

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
CURSOR_MAX_CHARACTERS = 512
# A day from the ends of what a datetime holds, so that another zone's clock fits as well.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

Key = TypeVar("Key")
Item = TypeVar("Item")
Row = TypeVar("Row")


class PageQuery(RequestType, frozen=True):
    """Which page of a list. Derive from it to add filters."""

    cursor: (
        Annotated[
            str,
            msgspec.Meta(
                max_length=CURSOR_MAX_CHARACTERS,
                description="`next_cursor` of the page before; none for the first.",
            ),
        ]
        | None
    ) = None
    limit: Annotated[
        int, msgspec.Meta(ge=1, le=LIMIT_MAX, description="How many items the page has at most.")
    ] = LIMIT_DEFAULT

    def after(self, key_type: type[Key]) -> Key | None:
        """The sort key the page comes after, or ``None`` for the first page. Raises ``CursorInvalid``."""
        return None if self.cursor is None else decode_cursor(self.cursor, key_type)


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """A page of a list. There are no more when ``next_cursor`` is null."""

    items: list[Item]
    next_cursor: str | None

    @classmethod
    def of(
        cls, rows: Sequence[Row], limit: int, key: Callable[[Row], Any], view: Callable[[Row], Item]
    ) -> "Page[Item]":
        """The page of ``rows``, of which one more than ``limit`` was asked for to learn whether there are more."""
        shown = rows[:limit]
        more = len(rows) > limit and bool(shown)
        return Page([view(row) for row in shown], encode_cursor(key(shown[-1])) if more else None)


def encode_cursor(key: Any) -> str:
    """A sort key that JSON can hold (strings, integers, times, tuples of them) as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str, key_type: type[Key]) -> Key:
    """The sort key again. Raises ``CursorInvalid``."""
    if len(cursor) > CURSOR_MAX_CHARACTERS:
        raise CursorInvalid
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=key_type)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise CursorInvalid from None
    if not _can_be_compared(key):
        raise CursorInvalid
    return key


def _can_be_compared(key: object) -> bool:
    """Whether every database can look for it; of the right type it is already."""
    match key:
        case int():
            return abs(key) < 2**63
        case str():
            return is_storable_text(key)
        case datetime():
            return key.tzinfo is not None and _FIRST <= key <= _LAST
        case tuple():
            return all(map(_can_be_compared, key))
        case _:
            return True
