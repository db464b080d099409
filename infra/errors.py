"""The error every room's errors descend from, and the shape it takes over HTTP.

An error is a word of the domain: its class names the kind (``ChannelNotFound``), its message is a sentence for
the person who caused it, and its class carries the HTTP status that kind maps to (RFC 9457). One middleware in
``server/`` renders it; nothing here knows about a web framework.

    DomainError
      +-- each room's own base (``CatalogError``, ...)
            +-- one class per thing that can go wrong
"""

import re
from collections.abc import Mapping
from typing import ClassVar

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class DomainError(Exception):
    """Something the caller can be told about; never carries a secret.

    ``status`` is the HTTP status code, ``title`` a short constant phrase, ``str(error)`` the detail.
    """

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or self.title)
        self.headers: Mapping[str, str] = dict(headers or {})
        """Response headers the kind of error calls for, such as ``Retry-After`` or ``WWW-Authenticate``."""

    @classmethod
    def slug(cls) -> str:
        """The kind in kebab-case."""
        return _WORD_START.sub("-", cls.__name__).lower()

    @classmethod
    def code(cls) -> str:
        """The kind in snake_case, as messages of the event socket carry it."""
        return cls.slug().replace("-", "_")

    @property
    def type(self) -> str:
        """A stable URN of the kind, for programs (RFC 9457 section 3.1.1)."""
        return problem_type(self.slug())

    def problem(self) -> dict[str, str | int]:
        """The members of the problem document."""
        return {"type": self.type, "title": self.title, "status": self.status, "detail": str(self)}


def problem_type(slug: str) -> str:
    """The URN of a kind of problem, from its kebab-case name."""
    return f"urn:harmonie:problem:{slug}"
