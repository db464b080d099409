"""What can go wrong with channels, in the words of the domain."""

from typing import ClassVar

from infra.errors import DomainError


class CatalogError(DomainError):
    """Base of this room's errors."""


class ChannelNotFound(CatalogError):
    """No channel has this name."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such channel"


class ChannelExists(CatalogError):
    """The name is taken."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel exists already"


class ChannelNameInvalid(CatalogError):
    """Not a name a channel can have."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's name"


class ChannelTitleInvalid(CatalogError):
    """Not a title a channel can have."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's title"


class StreamKeyMissing(CatalogError):
    """The request carries no stream key."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "A stream key is needed"

    def __init__(
        self, detail: str = "send the channel's stream key as `Authorization: Bearer <key>`"
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="harmonie"'})


class StreamKeyRejected(CatalogError):
    """The stream key is not this channel's."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "The stream key is not right"


class TooManyListeners(CatalogError):
    """More event streams are open than the server keeps."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many event streams are open"
