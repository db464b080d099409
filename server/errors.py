"""What keeps the server from starting, in words for the person who starts it."""


class CannotListenError(Exception):
    """The address cannot be listened on; the message is one line that says why and what to change."""
