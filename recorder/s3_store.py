"""A store that speaks S3, by obstore. Its work is done outside the event loop; only pieces pass through here."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store as Bucket

from .serving import file_pieces
from .store import NotStored, Sent, StoreFailed

if TYPE_CHECKING:
    from obstore.store import S3Config

_PART_BYTES = 8 << 20
_PARTS_MAX = 9_000
"""A multipart upload has at most 10,000."""
_AT_ONCE = 2
_PIECE_BYTES = 256 * 1024
_ANSWER_WITHIN = timedelta(seconds=30)
_CONNECT_WITHIN = timedelta(seconds=5)
_RETRIES = 2
"""Beyond those whoever asks comes again later."""


@dataclass(frozen=True, slots=True)
class S3Options:
    """``endpoint`` is empty for AWS itself. ``repr`` shows no key."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


class S3RecordingStore:
    """A ``recorder.store.RecordingStore``; each recording is a prefix."""

    def __init__(self, options: S3Options) -> None:
        self._prefix = f"{options.prefix.strip('/')}/".removeprefix("/")
        config: S3Config = {"region": options.region}
        if options.endpoint:
            config["endpoint"] = options.endpoint
        if options.key_id:
            config["access_key_id"], config["secret_access_key"] = options.key_id, options.secret
        self._bucket = Bucket(
            options.bucket,
            config=config,
            client_options={
                "allow_http": options.endpoint.startswith("http://"),
                "connect_timeout": _CONNECT_WITHIN,
                "read_timeout": _ANSWER_WITHIN,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _ANSWER_WITHIN},
        )

    async def put(self, recording: str, source: Path, sha256: str, sent: Sent, /) -> None:
        size = (await asyncio.to_thread(source.stat)).st_size
        part_bytes = max(_PART_BYTES, size // _PARTS_MAX)

        async def pieces() -> AsyncIterator[bytes]:
            done = 0
            async for piece in file_pieces(source)(0, size):
                yield piece
                done += len(piece)
                sent(done)

        key = self._key(recording, source.name)
        try:
            await obstore.put_async(
                self._bucket, key, pieces(), chunk_size=part_bytes, max_concurrency=_AT_ONCE
            )
        except _ERRORS as error:
            raise _failed(error) from None
        found = hashlib.sha256()
        async for piece in self.pieces(recording, source.name, 0, size):
            found.update(piece)
        if found.hexdigest() != sha256:
            raise StoreFailed("altered", "the store does not give back what was sent")

    async def pieces(
        self, recording: str, name: str, first: int, length: int, /
    ) -> AsyncGenerator[bytes, None]:
        if not length:
            return
        try:
            answer = await obstore.get_async(
                self._bucket, self._key(recording, name), options={"range": (first, first + length)}
            )
            async for piece in answer.stream(min_chunk_size=_PIECE_BYTES):
                length -= len(piece)
                yield bytes(piece)
        except _ERRORS as error:
            raise _failed(error) from None
        if length:
            raise StoreFailed("altered", "the file is shorter than it was")

    async def read(self, recording: str, name: str, /) -> bytes:
        try:
            answer = await obstore.get_async(self._bucket, self._key(recording, name))
            return bytes(await answer.bytes_async())
        except _ERRORS as error:
            raise _failed(error) from None

    async def address(self, recording: str, name: str, holds_s: int, /) -> str | None:
        try:
            return await obstore.sign_async(
                self._bucket, "GET", self._key(recording, name), timedelta(seconds=holds_s)
            )
        except _ERRORS as error:
            raise _failed(error) from None

    async def remove(self, recording: str, /) -> None:
        try:
            async for listed in obstore.list(self._bucket, prefix=self._key(recording, "")):
                await obstore.delete_async(self._bucket, [each["path"] for each in listed])
        except FileNotFoundError:
            return
        except _ERRORS as error:
            raise _failed(error) from None

    def _key(self, recording: str, name: str) -> str:
        return f"{self._prefix}{recording}/{name}"


_REFUSED = re.compile(r"status code: 40[13]\b")
"""A list that is refused is an error like any other to the library, but for its words."""
_ERRORS = (BaseError, FileNotFoundError, ValueError, OSError)


def _failed(error: Exception) -> StoreFailed:
    """Words of our own: the library's tell the address, with its signature."""
    if isinstance(error, FileNotFoundError):
        return NotStored()
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) or _REFUSED.search(str(error)):
        return StoreFailed("refused", "the store refuses these credentials")
    return StoreFailed("unreachable", type(error).__name__)
