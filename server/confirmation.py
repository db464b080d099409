"""Asks whoever typed a command that cannot be undone whether they mean it."""

import sys

from server.errors import CommandRefused


def confirm(question: str, *, yes: bool) -> None:
    """Returns when the answer is yes, or was given beforehand with ``--yes``. Raises ``CommandRefused``."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandRefused("this cannot be undone; say that you mean it with --yes")
    if input(f"{question} This cannot be undone. [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandRefused("nothing was changed")
