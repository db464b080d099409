"""What can go wrong for a synthetic peer.

LoadtestError
+-- SignalingError   the server answered, with another status than the protocol's success
+-- AnswerError     the server's SDP answer lacks what a peer needs to connect
+-- ConnectError      ICE or DTLS did not complete, or a connection ended
+-- CommandRefused    the event socket answered a command with an error
+-- ScenarioError     the scenario asks for something that cannot be
+-- TargetRefused     the target is neither near nor said to be ours
+-- PlaylistError     what was served is no HLS playlist
+-- BodyError         a body is too long, or did not come in time
"""

from __future__ import annotations


class LoadtestError(Exception):
    """Base of every error a synthetic peer raises on purpose."""


class SignalingError(LoadtestError):
    """The server refused an HTTP request; `detail` is from its problem document (RFC 9457), or the body."""

    def __init__(self, status: int, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s


class AnswerError(LoadtestError):
    """The SDP answer cannot be parsed or misses ICE, DTLS or codec lines."""


class ConnectError(LoadtestError):
    """The transport did not come up in time, or the server ended it while it was coming up."""


class CommandRefused(LoadtestError):
    """An error was the answer; `code` is the server's word."""

    def __init__(self, command: str, code: str) -> None:
        super().__init__(f"{command}: {code}")
        self.code = code


class ScenarioError(LoadtestError):
    """The scenario asks for something that cannot be; the message begins with the key."""


class TargetRefused(LoadtestError):
    """The target is somebody else's machine, as far as can be known."""


class PlaylistError(LoadtestError):
    """What was served is no HLS playlist, or one that cannot be played."""


class PlaylistEmpty(PlaylistError):
    """There is nothing in it yet."""


class BodyError(LoadtestError):
    """An answer's body is longer than such an answer can be, or did not come in time."""
