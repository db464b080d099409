"""The numbers of the event socket's protocol; ``docs/protocol.md`` describes it. A core."""

from enum import IntEnum

VERSION = 1
MESSAGE_MAX_BYTES = 16 * 1024
"""Of one frame from a client."""
PING_INTERVAL_S = 25.0
PONG_WITHIN_S = 15.0
MAX_ROOMS = 16
"""That one connection may be in at a time."""
COMMANDS_PER_S = 10
COMMANDS_AT_ONCE = 30
"""What a connection may send in a burst; it is refilled at ``COMMANDS_PER_S``."""
REFUSALS_AT_ONCE = 100
"""Frames past the limit that are answered; one more within a short while and the connection is closed."""
OUTBOX_MAX_BYTES = 256 * 1024
"""What may wait for a client that reads slowly, besides what its kernel and ours hold."""


class CloseCode(IntEnum):
    """Why the server ends a connection. Below 4500: come back, with growing pauses. From 4500: do not."""

    GOING_AWAY = 4000
    """The server stops or restarts."""
    TOO_SLOW = 4001
    """The client does not read fast enough; come back and recover."""
    SILENT = 4002
    """No sign of life after a ping."""
    MALFORMED = 4500
    """A frame was not a message of the subprotocol."""
    UNSUPPORTED = 4501
    """None of the offered subprotocols is spoken here."""
    FLOODING = 4502
    """The client went on sending after it was told to slow down."""
    BANNED = 4503
    """The address may not come back."""

    @property
    def comes_back(self) -> bool:
        return self < CloseCode.MALFORMED
