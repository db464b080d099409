"""What can be wrong with a request before any room has looked at it; every declared endpoint may answer these.

RequestError
  +-- BodyMalformed, BodyInvalid, BodyTooLarge, BodyTooSlow, MediaTypeUnsupported
  +-- QueryInvalid, CursorInvalid
  +-- NotSignedIn, StepUpNeeded, NotAllowed, CrossOrigin
  +-- RateLimited
"""

from typing import ClassVar

from infra.errors import DomainError

BEARER_CHALLENGE = 'Bearer realm="harmonie"'


class RequestError(DomainError):
    """Base of what is wrong with a request as such."""


class BodyMalformed(RequestError):
    """The body is not JSON."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request's body could not be read"


class BodyInvalid(RequestError):
    """The body is JSON, but not what the endpoint takes; the detail names the field."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The request's body is not what this takes"


class BodyTooLarge(RequestError):
    """The body passes the endpoint's bound."""

    status: ClassVar[int] = 413
    title: ClassVar[str] = "The request's body is too large"


class BodyTooSlow(RequestError):
    """The body did not arrive in time."""

    status: ClassVar[int] = 408
    title: ClassVar[str] = "The request's body did not arrive in time"


class MediaTypeUnsupported(RequestError):
    """The body has a content type the endpoint does not take."""

    status: ClassVar[int] = 415
    title: ClassVar[str] = "The content type is not supported"


class QueryInvalid(RequestError):
    """A query parameter is unknown, repeated, or not what it should be; the detail names it."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The query is not what this takes"


class CursorInvalid(RequestError):
    """The cursor was not made by this list."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The cursor is not one of this list"


class NotSignedIn(RequestError):
    """The request does not say who makes it, and has to."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "Sign in first"

    def __init__(self, detail: str = "this is for callers who are signed in") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": BEARER_CHALLENGE})


class StepUpNeeded(RequestError):
    """The caller is signed in, but has to prove again who they are (RFC 9470 section 3)."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "Prove again that it is you"

    def __init__(self, detail: str = "this needs a second factor or a fresh sign-in") -> None:
        challenge = f'{BEARER_CHALLENGE}, error="insufficient_user_authentication"'
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class NotAllowed(RequestError):
    """The caller is known and may not do this."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "You may not do this"


class CrossOrigin(RequestError):
    """A page of another site made a request with this site's cookie."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "The request comes from another site"


class RateLimited(RequestError):
    """Too many requests in a while; ``Retry-After`` tells when to come back."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "Too many requests"
