"""What keeps the server from starting, in words for the person who starts it."""


class CannotListenError(Exception):
    """The address cannot be listened on; the message is one line that says why and what to change."""


class WrongPageDirError(Exception):
    """``page_dir`` names a directory without pages; the message is one line that names the setting."""
