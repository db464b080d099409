"""What an overlay is, and how its room's state follows from its events. A core.

Alerts themselves are no state: which of them a page has shown and which still wait is the page's own (a stream may have
several). What every page of a channel has in common is here: settings, whether it is paused or muted, the goal.
"""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from infra.endpoint import RequestType
from tipping.messages import GoalView, MessageState, TipView

TOKEN_MAX_CHARACTERS = 80
Command = Literal["pause", "resume", "skip", "replay", "mute", "unmute", "test"]
Nudge = Literal["skip", "replay", "test"]


class WorthAtLeast(RequestType, frozen=True):
    """A bound in the display currency."""

    minor: Annotated[int, Meta(ge=0, le=10**12, description="In minor units of the currency.")]


class OverlaySettings(RequestType, frozen=True):
    """How alerts look and sound. Without a display currency a minimum holds back nothing."""

    minimum: WorthAtLeast | None = None
    duration_ms: Annotated[int, Meta(ge=1_000, le=60_000)] = 6_000
    animation: Literal["rise", "pop", "slide", "none"] = "rise"
    sound: Literal["chime", "cheer", "none"] = "chime"
    volume: Annotated[float, Meta(ge=0, le=1)] = 0.8
    image: Literal["note", "heart", "star", "none"] = "note"
    speech: bool = False
    speech_minimum: WorthAtLeast | None = None
    show_message: bool = True
    theme: Literal["dark", "light"] = "dark"


class OverlayChannel(msgspec.Struct, frozen=True):
    """Whose it is, as it was called when the room was opened."""

    name: str
    title: str


class OverlaySnapshot(msgspec.Struct, frozen=True):
    """What somebody who joins is given."""

    channel: OverlayChannel
    settings: OverlaySettings
    paused: bool
    muted: bool
    goal: GoalView | None


class OverlayTip(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_tip"):
    """A tip to show; one with this id that was shown before is not shown again."""

    tip: TipView


class OverlayWithdrawn(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_withdrawn"):
    id: str


class OverlayMessage(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_message"):
    id: str
    message: str
    message_state: MessageState


class OverlaySettingsChanged(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_settings"):
    settings: OverlaySettings


class OverlayState(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_state"):
    paused: bool
    muted: bool


class OverlayGoal(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_goal"):
    goal: GoalView | None


class OverlayRotated(msgspec.Struct, frozen=True, tag_field="type", tag="overlay_rotated"):
    """There is another token: whoever came with an earlier one is sent away."""

    generation: int


OverlayEvent = (
    OverlayTip
    | OverlayWithdrawn
    | OverlayMessage
    | OverlaySettingsChanged
    | OverlayState
    | OverlayGoal
    | OverlayRotated
)


class OverlayNudge(msgspec.Struct, frozen=True):
    """A signal: done by whoever hears it now, and by nobody later."""

    do: Nudge


class Overlay:
    """The state of one overlay's room."""

    def __init__(self, snapshot: OverlaySnapshot, generation: int) -> None:
        self.snapshot = snapshot
        self.generation = generation

    def apply(self, event: Any) -> None:
        """The next event, as plain dictionaries."""
        self.on(msgspec.convert(event, type=OverlayEvent))

    def on(self, event: OverlayEvent) -> None:
        match event:
            case OverlaySettingsChanged(settings):
                self._change(settings=settings)
            case OverlayState(paused, muted):
                self._change(paused=paused, muted=muted)
            case OverlayGoal(goal):
                self._change(goal=goal)
            case OverlayRotated(generation):
                self.generation = max(self.generation, generation)
            case OverlayTip() | OverlayWithdrawn() | OverlayMessage():
                pass

    def _change(self, **values: object) -> None:
        self.snapshot = msgspec.structs.replace(self.snapshot, **values)


def hash_token(token: str) -> bytes | None:
    """Full-entropy random text needs no slow hash. ``None`` for what is no token of ours."""
    if not token or len(token) > TOKEN_MAX_CHARACTERS or not token.isascii():
        return None
    return hashlib.sha256(token.encode()).digest()
