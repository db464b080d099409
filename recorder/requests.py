"""What the recorder is asked over HTTP."""

from infra.endpoints import RequestType

from .recordings import Policy, Visibility


class RecordingChange(RequestType, frozen=True):
    visibility: Visibility


class RecordingSettingChange(RequestType, frozen=True):
    policy: Policy
