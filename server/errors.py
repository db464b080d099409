"""What keeps the server from starting, or a command from being done, in words for the person who gave it."""


class CannotListenError(Exception):
    """The address cannot be listened on; the message is one line that says why and what to change."""


class CommandRefused(Exception):
    """What was typed does not allow the command to be done; the message is one line."""
