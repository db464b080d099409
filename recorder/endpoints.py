"""What the recorder offers over HTTP, one declaration each; ``recorder.handlers`` carries them out."""

from accounts.permissions import RULES, Permission
from catalog.errors import ChannelMoved, ChannelNotFound, ChannelTitleInvalid
from infra.access import PUBLIC
from infra.endpoints import Endpoint, Page, PageQuery

from . import errors
from .requests import RecordingChange, RecordingSettingChange
from .views import RecordingSettingView, RecordingView

_TAG = "Recordings"
_CHANNEL = {"channel": "The channel's name."}
_RECORDING = {**_CHANNEL, "recording": "The recording's id."}
_OF_CHANNEL = (ChannelNotFound, ChannelMoved)
_OF_RECORDING = (*_OF_CHANNEL, errors.RecordingNotFound)
_OF_FILE = (errors.RangeUnsatisfiable, errors.FileChanged, errors.FileOutOfReach)
_ACCESS = RULES[Permission.KEEP_RECORDINGS]

GET_SETTING = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/recording",
    summary="Get whether a channel is recorded",
    description="What its owner has decided, and how far the recording is that goes on.",
    tag=_TAG,
    access=_ACCESS,
    parts=_CHANNEL,
    answer=RecordingSettingView,
    errors=_OF_CHANNEL,
)

CHANGE_SETTING = Endpoint(
    method="PATCH",
    path="/api/v1/channels/{channel}/recording",
    summary="Decide whether a channel is recorded, who may see it, and how long recordings are kept",
    description=(
        "Holds from the next broadcast on; `never` also ends the recording that goes on. Who may see those that there "
        "are is not changed. How long recordings are kept holds for them, too, from the next hour on."
    ),
    tag=_TAG,
    access=_ACCESS,
    parts=_CHANNEL,
    body=RecordingSettingChange,
    answer=RecordingSettingView,
    errors=_OF_CHANNEL,
    limit="change",
)

START = Endpoint(
    method="POST",
    path="/api/v1/channels/{channel}/recording/start",
    summary="Record the broadcast from now on",
    description="Its pictures begin with the next keyframe. Nothing changes when it is recorded already.",
    tag=_TAG,
    access=_ACCESS,
    parts=_CHANNEL,
    answer=RecordingSettingView,
    errors=(*_OF_CHANNEL, errors.NothingToRecord, errors.RecordingOff, errors.RecordingsFull),
    limit="change",
)

STOP = Endpoint(
    method="POST",
    path="/api/v1/channels/{channel}/recording/stop",
    summary="Record no more of this broadcast",
    tag=_TAG,
    access=_ACCESS,
    parts=_CHANNEL,
    answer=RecordingSettingView,
    errors=_OF_CHANNEL,
    limit="change",
)

LIST_RECORDINGS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/recordings",
    summary="List a channel's recordings",
    description="For its owner: all of them, newest first.",
    tag=_TAG,
    access=_ACCESS,
    parts=_CHANNEL,
    query=PageQuery,
    answer=Page[RecordingView],
    errors=_OF_CHANNEL,
)

GET_RECORDING = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/recordings/{recording}",
    summary="Get a recording",
    tag=_TAG,
    access=_ACCESS,
    parts=_RECORDING,
    answer=RecordingView,
    errors=_OF_RECORDING,
)

CHANGE_RECORDING = Endpoint(
    method="PATCH",
    path="/api/v1/channels/{channel}/recordings/{recording}",
    summary="Say who may see a recording, or give it a title",
    tag=_TAG,
    access=_ACCESS,
    parts=_RECORDING,
    body=RecordingChange,
    answer=RecordingView,
    errors=(*_OF_RECORDING, ChannelTitleInvalid),
    limit="change",
)

DELETE_RECORDING = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}/recordings/{recording}",
    summary="Delete a recording",
    description="With its files, for good.",
    tag=_TAG,
    access=_ACCESS,
    parts=_RECORDING,
    errors=(*_OF_RECORDING, errors.RecordingUnderWay),
    limit="change",
)

DOWNLOAD_PART = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/recordings/{recording}/parts/{part}",
    summary="Download a part of a recording",
    description="An MP4 or WebM file, as it was sent by the publisher. Answers range requests.",
    tag=_TAG,
    access=_ACCESS,
    parts={**_RECORDING, "part": "The part's number."},
    status=200,
    also={206: None, 304: None},
    errors=(*_OF_RECORDING, errors.RecordingUnderWay, *_OF_FILE),
)

GET_PREVIEW = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/recordings/{recording}/previews/{preview}",
    summary="Get a preview of a recording",
    description=(
        "`poster` and `strip` are JPEG; the strip has ten pictures in a row. `waveform` has 2,000 bytes, one for each "
        "of as many equal stretches: the highest sample, 255 for full scale."
    ),
    tag=_TAG,
    access=_ACCESS,
    parts={**_RECORDING, "preview": "`poster`, `strip` or `waveform`."},
    status=200,
    also={206: None, 304: None},
    errors=(*_OF_RECORDING, *_OF_FILE),
)

GET_STILL = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/still",
    summary="Get a still picture of a broadcast",
    description=(
        "A JPEG of at most 640 pixels in width, seldom older than a quarter of a minute; there is none of sound alone. "
        "Carries an `ETag`."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    status=200,
    also={304: None},
    errors=(errors.NoStill,),
)
