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


class ChannelMoved(CatalogError):
    """The channel has another name now; over HTTP a redirect to it (``catalog.renames``)."""

    status: ClassVar[int] = 308
    title: ClassVar[str] = "The channel has another name now"

    def __init__(self, name: str) -> None:
        super().__init__(f"the channel is named {name!r} now")
        self.name = name


class ChannelLive(CatalogError):
    """Not while there is a broadcast."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel is live"


class TooManyChannels(CatalogError):
    """A person has only so many channels."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "You have as many channels as you can"


class ChannelNameInvalid(CatalogError):
    """Not a name a channel can have."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's name"


class ChannelTitleInvalid(CatalogError):
    """Not a title a channel can have."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's title"


class ChannelDescriptionInvalid(CatalogError):
    """Not a description a channel can have."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's description"


class ChannelLinksInvalid(CatalogError):
    """Not links a channel can have; the detail tells which one."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "These cannot be a channel's links"


class PayoutWalletInvalid(CatalogError):
    """Not an address on an EVM chain, or its checksum is wrong."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a payout wallet"


class PictureInvalid(CatalogError):
    """Not a picture that can be shown."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be a channel's picture"


class PicturesBusy(CatalogError):
    """Too many pictures are being worked on; ``Retry-After`` tells when to come back."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many pictures are being worked on"


class UserUnknown(CatalogError):
    """Nobody, or more than one person, has this name or id."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "It is not clear who is meant"


class TooManyModerators(CatalogError):
    """A channel has only so many moderators."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel has as many moderators as it can"


class TooManyFollows(CatalogError):
    """A person follows only so many channels."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "You follow as many channels as you can"


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


class OwnerSuspended(CatalogError):
    """The stream key is right, but its channel's owner may do nothing here; told only to who has the key."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "The channel's owner is suspended"

    def __init__(self) -> None:
        super().__init__(
            "the account of the channel's owner is suspended; ask the person who runs this server"
        )


class TooManyListeners(CatalogError):
    """More event streams are open than the server keeps."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many event streams are open"
