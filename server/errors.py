"""What keeps the server from starting, or a command from being done, in words for the person who gave it."""


class CannotListenError(Exception):
    """The address cannot be listened on; the message is one line that says why and what to change."""


class WrongPageDirError(Exception):
    """``page_dir`` names a directory without pages; the message is one line that names the setting."""


class CommandRefused(Exception):
    """What was typed does not allow the command to be done; the message is one line."""
