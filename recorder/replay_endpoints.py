"""Replays over HTTP, one declaration each; ``recorder.replay_handlers`` carries them out."""

from typing import Annotated

import msgspec

from catalog.errors import ChannelMoved, ChannelNotFound
from infra.endpoints import PUBLIC, Endpoint, Page, PageQuery, RequestType
from infra.pagination import CURSOR_MAX_CHARACTERS
from infra.request_errors import CursorInvalid

from . import errors
from .replay_views import PATH, DensityView, ReplayEvents, ReplaySummary, ReplayView
from .replays import BINS_MAX

EVENTS_MAX = 500
_TAG = "Replays"
_RECORDING = {"recording": "The recording's id."}
_OF_RECORDING = (errors.RecordingNotFound, errors.RecordingUnderWay)
_OF_FILE = (
    *_OF_RECORDING,
    errors.AddressEnded,
    errors.RangeUnsatisfiable,
    errors.FileChanged,
    errors.FileOutOfReach,
)


class EventsQuery(RequestType, frozen=True):
    after: (
        Annotated[
            str, msgspec.Meta(max_length=CURSOR_MAX_CHARACTERS, description="`next` of the page before.")
        ]
        | None
    ) = None
    from_ms: Annotated[
        int, msgspec.Meta(ge=0, lt=2**53, description="Begin at this moment of the broadcast's clock.")
    ] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=EVENTS_MAX)] = 200


class DensityQuery(RequestType, frozen=True):
    bins: Annotated[int, msgspec.Meta(ge=1, le=BINS_MAX, description="Into how many stretches.")] = 100


class SignedQuery(RequestType, frozen=True):
    """What a signed address ends with."""

    expires: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] = 0
    signature: Annotated[str, msgspec.Meta(max_length=100)] = ""
    download: Annotated[bool, msgspec.Meta(description="Ask the browser to keep it as a file.")] = False


LIST_REPLAYS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/replays",
    summary="List what can be watched again of a channel",
    description="Public recordings, newest first.",
    tag=_TAG,
    access=PUBLIC,
    parts={"channel": "The channel's name."},
    query=PageQuery,
    answer=Page[ReplaySummary],
    errors=(ChannelNotFound, ChannelMoved),
)

GET_REPLAY = Endpoint(
    method="GET",
    path=f"{PATH}/{{recording}}",
    summary="Get a replay, with addresses to play it from",
    description="A private one only for those who may change it.",
    tag=_TAG,
    access=PUBLIC,
    parts=_RECORDING,
    answer=ReplayView,
    errors=_OF_RECORDING,
)

LIST_EVENTS = Endpoint(
    method="GET",
    path=f"{PATH}/{{recording}}/events",
    summary="Read what was said and given during a recording",
    description="In the order of the broadcast's clock; as it may be shown now.",
    tag=_TAG,
    access=PUBLIC,
    parts=_RECORDING,
    query=EventsQuery,
    answer=ReplayEvents,
    errors=(*_OF_RECORDING, CursorInvalid),
)

GET_DENSITY = Endpoint(
    method="GET",
    path=f"{PATH}/{{recording}}/density",
    summary="Get when most was said and given",
    tag=_TAG,
    access=PUBLIC,
    parts=_RECORDING,
    query=DensityQuery,
    answer=DensityView,
    errors=_OF_RECORDING,
)

PLAY_PART = Endpoint(
    method="GET",
    path=f"{PATH}/{{recording}}/parts/{{part}}",
    summary="Play or download a part",
    description="By the signed address that a replay has for it. Answers range requests; the `ETag` is its SHA-256. "
    "May send players on to where it is kept.",
    tag=_TAG,
    access=PUBLIC,
    parts={**_RECORDING, "part": "The part's number."},
    query=SignedQuery,
    status=200,
    also={206: None, 304: None, 307: None},
    errors=_OF_FILE,
)

SHOW_PREVIEW = Endpoint(
    method="GET",
    path=f"{PATH}/{{recording}}/previews/{{preview}}",
    summary="Get a poster, the strip for seeking or the waveform",
    description=(
        "By its signed address. `poster` and `strip` are JPEG. `waveform` has 2,000 bytes, one for each of as many "
        "equal stretches: the highest sample, 255 for full scale."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts={**_RECORDING, "preview": "`poster`, `strip` or `waveform`."},
    query=SignedQuery,
    status=200,
    also={206: None, 304: None},
    errors=_OF_FILE,
)
