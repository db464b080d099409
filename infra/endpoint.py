"""One declaration per endpoint of the API, from which its route, its checks and its documentation come.

A core: it declares and checks declarations. ``infra.endpoints`` serves them, ``infra.openapi`` documents them; import
from ``infra.endpoints``, which has these names too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, NoneType
from typing import Any, Generic

import msgspec
from typing_extensions import TypeVar

from infra.access import Access
from infra.errors import DomainError
from infra.rate_limits import LIMITS, LimitName

Body = TypeVar("Body", default=None)
Query = TypeVar("Query", default=None)
Value = TypeVar("Value", default=None)

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
BODY_MAX_BYTES = 64 * 1024
NOTHING: Any = NoneType
"""No body, no query, no answer; typed loosely because a default cannot be typed by a type variable."""

_PART = re.compile(r"\{(\w+)\}")


class RequestType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of request bodies and queries: an unknown field is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[Body, Query, Value]):
    """What one endpoint is. ``TypeError`` or ``ValueError`` at import when the declaration contradicts itself.

    >>> RENAME = Endpoint(
    ...     method="PATCH",
    ...     path="/api/v1/channels/{channel}",
    ...     summary="Change a channel's title",
    ...     tag="Channels",
    ...     access=CHANNEL_OWNER.scoped("channels:write"),
    ...     body=TitleChange,
    ...     answer=ChannelView,
    ...     errors=(ChannelTitleInvalid,),
    ...     limit="change",
    ... )
    """

    method: str
    path: str
    """Below ``/api/v1``, with parts in braces. ``{channel}`` is what channel access is asked for."""
    summary: str
    """One line for the documentation, in the imperative, without a full stop."""
    tag: str
    """The group it is listed in."""
    access: Access
    description: str = ""
    """More than the summary, where there is more to say."""
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the parts of the path are, by name, for the documentation."""
    body: type[Body] = NOTHING
    """A ``RequestType``, read from JSON; or ``bytes``, taken as it comes in one of ``body_types``."""
    body_types: Sequence[str] = (JSON,)
    body_max_bytes: int = BODY_MAX_BYTES
    query: type[Query] = NOTHING
    """A ``RequestType`` of scalar fields, or of lists of them for parameters that may repeat."""
    answer: type[Value] = NOTHING
    """What the handler returns, written as JSON. Left out: an empty answer, status 204."""
    answer_type: str = JSON
    """With another one ``answer`` is ``str`` and the handler returns the response, such as a table of any length."""
    status: int = 0
    """Of the ordinary answer; 200 when left out, or 204 for an empty one."""
    also: Mapping[int, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Further answers that are not errors: status to type, or to ``None``. The handler returns an ``Answer``."""
    events: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Makes it an event stream: name of the event to the type of its data. The handler returns the response."""
    errors: Sequence[type[DomainError]] = ()
    """Errors of the room. Those of body, query, access and limits are added by themselves."""
    etag: bool = False
    """Answers carry an ``ETag``, and ``If-None-Match`` is answered 304. For GET."""
    cache: str = "no-store"
    """``Cache-Control`` of the answer; ``no-cache`` lets clients keep it and ask again with the ``ETag``."""
    limit: LimitName | None = None
    """A limit of ``infra.rate_limits`` besides the general one."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/api/v1/"):
            raise ValueError(f"{self.path} is not below /api/v1/")
        if self.access.of_channel and "channel" not in self.part_names:
            raise ValueError(f"{self}: access concerns a channel, but no {{channel}} is in the path")
        if unknown := self.parts.keys() - set(self.part_names):
            raise ValueError(f"{self}: not in the path: {', '.join(sorted(unknown))}")
        if self.etag and self.method != "GET":
            raise ValueError(f"{self}: only a GET is asked for again")
        if self.limit is not None and self.limit not in LIMITS:
            raise ValueError(f"{self}: there is no limit {self.limit!r}")
        if self.has_query:
            require_strict(self.query)
        if self.has_body and self.body is not bytes:
            require_strict(self.body)
        if not self.status:
            # The dataclass is frozen to everyone but itself.
            object.__setattr__(self, "status", 200 if self.has_answer or self.events else 204)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def part_names(self) -> list[str]:
        return _PART.findall(self.path)

    @property
    def has_body(self) -> bool:
        return self.body is not NoneType

    @property
    def has_query(self) -> bool:
        return self.query is not NoneType

    @property
    def has_answer(self) -> bool:
        return self.answer is not NoneType


AnyEndpoint = Endpoint[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie to set: never readable by scripts. ``max_age_s=0`` removes it."""

    name: str
    value: str = field(repr=False)
    path: str
    max_age_s: int
    secure: bool
    same_site: str = "Lax"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler returns when it has more to say than the value: another status, headers, cookies."""

    value: object = None
    status: int | None = None
    """One of the endpoint's ``also``; its ordinary status when left out."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cookies: Sequence[Cookie] = ()


def require_strict(type_: Any) -> None:
    """A request may not have fields nobody reads, however deep."""
    for each in _structs(msgspec.inspect.type_info(type_), set()):
        if not each.__struct_config__.forbid_unknown_fields:
            raise TypeError(f"{each.__name__} takes unknown fields; derive it from RequestType")


def _structs(info: msgspec.inspect.Type, seen: set[Any]) -> list[Any]:
    found = []
    match info:
        case msgspec.inspect.StructType():
            if info.cls in seen:
                return []
            seen.add(info.cls)
            found = [info.cls, *(each for field in info.fields for each in _structs(field.type, seen))]
        case msgspec.inspect.UnionType():
            found = [each for kind in info.types for each in _structs(kind, seen)]
        case msgspec.inspect.CollectionType():
            found = _structs(info.item_type, seen)
        case msgspec.inspect.DictType():
            found = _structs(info.value_type, seen)
        case msgspec.inspect.Metadata():
            found = _structs(info.type, seen)
        case _:
            pass
    return found
