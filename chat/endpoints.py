"""What chat offers over HTTP, one declaration each; ``chat.handlers`` carries them out."""

from catalog.errors import ChannelMoved, ChannelNotFound
from chat import errors
from chat.moderation_log import Note
from chat.requests import LogQuery, MessagesQuery, NewNote, SearchQuery, TermsChange
from chat.views import (
    ChattersView,
    FoundView,
    LogView,
    MessagesView,
    NotesView,
    RestrictionsView,
    TermsView,
)
from infra.command_errors import StorageUnavailable
from infra.endpoints import CHANNEL_MODERATOR, PUBLIC, Endpoint

_TAG = "Chat"
_CHANNEL = {"channel": "The channel's name."}
_OF_USER = {**_CHANNEL, "user": "The person's id."}
_BASE = "/api/v1/channels/{channel}/chat"
_ERRORS = (ChannelNotFound, ChannelMoved, StorageUnavailable)
_MODERATOR = CHANNEL_MODERATOR.scoped("moderation")

LIST_MESSAGES = Endpoint(
    method="GET",
    path=f"{_BASE}/messages",
    summary="Read older lines, or those of a broadcast",
    description=(
        "Oldest first. Without `before` the last lines; with `broadcast` those from `from_ms` of its clock on, and "
        "before `to_ms`. When there is `more` of a broadcast, go on from the last line's `clock_ms`, and pass over "
        "ids that were there already."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    query=MessagesQuery,
    answer=MessagesView,
    errors=(*_ERRORS, errors.Banned),
)

SEARCH = Endpoint(
    method="GET",
    path=f"{_BASE}/search",
    summary="Search lines",
    description="Newest first, whatever became of them. By words, by who wrote them, or both.",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    query=SearchQuery,
    answer=FoundView,
    errors=_ERRORS,
    limit="change",
)

READ_LOG = Endpoint(
    method="GET",
    path=f"{_BASE}/log",
    summary="Read what moderators did",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    query=LogQuery,
    answer=LogView,
    errors=_ERRORS,
)

LIST_RESTRICTIONS = Endpoint(
    method="GET",
    path=f"{_BASE}/restrictions",
    summary="List who may not write",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    answer=RestrictionsView,
    errors=_ERRORS,
)

LIST_CHATTERS = Endpoint(
    method="GET",
    path=f"{_BASE}/chatters",
    summary="List who is in the room",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    answer=ChattersView,
    errors=_ERRORS,
)

GET_TERMS = Endpoint(
    method="GET",
    path=f"{_BASE}/blocked-terms",
    summary="Get the blocked terms",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    answer=TermsView,
    errors=_ERRORS,
)

SET_TERMS = Endpoint(
    method="PUT",
    path=f"{_BASE}/blocked-terms",
    summary="Replace the blocked terms",
    description="Terms are found however they are disguised: look-alike letters, marks between them, s p a c e s.",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    body=TermsChange,
    answer=TermsView,
    errors=(*_ERRORS, errors.TermsInvalid),
    limit="change",
)

LIST_NOTES = Endpoint(
    method="GET",
    path=f"{_BASE}/users/{{user}}/notes",
    summary="Read the notes about somebody",
    tag=_TAG,
    access=_MODERATOR,
    parts=_OF_USER,
    answer=NotesView,
    errors=_ERRORS,
)

ADD_NOTE = Endpoint(
    method="POST",
    path=f"{_BASE}/users/{{user}}/notes",
    summary="Write something down about somebody",
    tag=_TAG,
    access=_MODERATOR,
    parts=_OF_USER,
    body=NewNote,
    answer=Note,
    status=201,
    errors=(*_ERRORS, errors.NoteInvalid, errors.NoSuchUser),
    limit="change",
)
