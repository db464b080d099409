"""What the recorder is asked over HTTP."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from infra.endpoints import RequestType

from .recordings import Policy, Visibility

KEEP_DAYS_MAX = 36_500


class RecordingChange(RequestType, frozen=True):
    """What is left out stays as it is."""

    visibility: Visibility | None = None
    title: str | None = None


class RecordingSettingChange(RequestType, frozen=True):
    """What is left out stays as it is."""

    policy: Policy | None = None
    visibility: Annotated[Visibility, Meta(description="Of recordings that begin from now on.")] | None = None
    keep_days: (
        Annotated[int, Meta(ge=0, le=KEEP_DAYS_MAX, description="0: for ever; null: as the server is set.")]
        | UnsetType
        | None
    ) = UNSET
