"""Where finished recordings are kept: the contract of a store, and what can go wrong with one.

``recorder.directory_store`` and ``recorder.s3_store`` meet it; one suite in the tests holds for both.
"""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Literal, Protocol

Trouble = Literal["refused", "unreachable", "altered", "full"]

Sent = Callable[[int], None]
"""Told how many bytes of a file the store has taken so far."""


class StoreFailed(Exception):
    """What was asked of a store has not been done; it may be asked again. Tells no key and no address."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(detail or trouble)
        self.trouble: Trouble = trouble


class NotStored(StoreFailed):
    """The store has no such file."""

    def __init__(self) -> None:
        super().__init__("altered", "there is no such file in the store")


class RecordingStore(Protocol):
    """Files by recording and name. Everything but ``pieces`` may be repeated and comes to the same.

    Every method may raise ``StoreFailed``; one that was cancelled or failed leaves nothing that is taken for a file.
    """

    async def put(self, recording: str, source: Path, sha256: str, sent: Sent, /) -> None:
        """Keeps a file under its own name, in place of one of that name.

        When it returns, what the store gives back has been read to its end and has this SHA-256 (in hexadecimal). Only
        then may the source go. Raises ``OSError`` when the source cannot be read.
        """

    def pieces(self, recording: str, name: str, first: int, length: int, /) -> AsyncGenerator[bytes, None]:
        """So many bytes from an offset on, in pieces; fewer are a ``StoreFailed``."""

    async def read(self, recording: str, name: str, /) -> bytes:
        """A small file, whole."""

    async def address(self, recording: str, name: str, holds_s: int, /) -> str | None:
        """Where anybody may read the file for so long; ``None``: only through here."""

    async def remove(self, recording: str, /) -> None:
        """All files of a recording; nothing when there are none."""
