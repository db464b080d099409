"""What the recorder is asked over HTTP."""

from infra.endpoints import RequestType

from .recordings import Policy, Visibility


class RecordingChange(RequestType, frozen=True):
    """What is left out stays as it is."""

    visibility: Visibility | None = None
    title: str | None = None


class RecordingSettingChange(RequestType, frozen=True):
    policy: Policy
