"""Channels' pictures: taken in, stored by content hash in the data directory, served for ever.

A file never changes, so browsers may keep it; another picture has another address. One picture is worked on at a
time, in a worker thread, and a few may wait; further ones are told to come back.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from catalog import repository
from catalog.channel import Channel, ChannelName, PictureId
from catalog.errors import PicturesBusy
from catalog.picture_encoding import LARGE_PX, SMALL_PX, EncodedPicture, encode_picture
from catalog.service import ChannelService
from infra.database import Database

MAX_WAITING = 4
RETRY_BUSY_S = 3
DIRECTORY = "pictures"
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Type": "image/webp",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

ChannelListener = Callable[[ChannelName], None]


class PictureService:
    """Pictures of channels, in ``data_dir/pictures``."""

    def __init__(self, database: Database, channels: ChannelService, data_dir: Path) -> None:
        self._database = database
        self._channels = channels
        self._directory = data_dir / DIRECTORY
        self._lock = asyncio.Lock()
        """Between the writing of a file and the commit that names it, nobody may find it useless and remove it."""
        self._waiting = 0

    async def replace(self, name: str, upload: bytes) -> Channel:
        """Gives a channel another picture. Raises ``PictureInvalid``, ``PicturesBusy``, ``ChannelNotFound``."""
        if self._waiting >= MAX_WAITING:
            raise PicturesBusy("try again in a moment", headers={"Retry-After": str(RETRY_BUSY_S)})
        self._waiting += 1
        try:
            async with self._lock:
                encoded = await asyncio.to_thread(encode_picture, upload)
                picture = picture_id(encoded)
                await asyncio.to_thread(self._store, picture, encoded)
                return await self._set(name, picture)
        finally:
            self._waiting -= 1

    async def remove(self, name: str) -> Channel:
        """Leaves a channel without a picture. Raises ``ChannelNotFound``."""
        async with self._lock:
            return await self._set(name, None)

    async def drop_unused(self, picture: PictureId | None) -> None:
        """Removes the files of a picture no channel shows any more."""
        async with self._lock:
            await self._drop_unused(picture)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """``GET /pictures/{hash}-{size}.webp``."""
        path = self._path(PictureId(request.match_info["hash"]), int(request.match_info["size"]))
        if not await asyncio.to_thread(path.is_file):
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=_HEADERS)

    async def _set(self, name: str, picture: PictureId | None) -> Channel:
        before, after = await self._channels.set_picture(name, picture)
        if before != picture:
            await self._drop_unused(before)
        return after

    async def _drop_unused(self, picture: PictureId | None) -> None:
        if picture is None:
            return
        async with self._database.read() as session:
            used = await repository.count_of_picture(session, picture)
        if not used:
            await asyncio.to_thread(self._unlink, picture)

    def _store(self, picture: PictureId, encoded: EncodedPicture) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        for size, content in ((LARGE_PX, encoded.large), (SMALL_PX, encoded.small)):
            path = self._path(picture, size)
            # Written beside and moved: a file with a picture's name is always whole.
            beside = path.with_suffix(f".{secrets.token_hex(4)}.part")
            try:
                beside.write_bytes(content)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)

    def _unlink(self, picture: PictureId) -> None:
        for size in (LARGE_PX, SMALL_PX):
            self._path(picture, size).unlink(missing_ok=True)

    def _path(self, picture: PictureId, size: int) -> Path:
        return self._directory / f"{picture}-{size}.webp"


def picture_id(encoded: EncodedPicture) -> PictureId:
    """The hash of the larger one, in hexadecimal; the smaller one follows from it."""
    return PictureId(hashlib.sha256(encoded.large).hexdigest()[:40])


def add_pictures(app: web.Application, pictures: PictureService) -> None:
    """Registers where pictures are served."""
    app.router.add_get(
        rf"/pictures/{{hash:[0-9a-f]{{40}}}}-{{size:{LARGE_PX}|{SMALL_PX}}}.webp", pictures.serve
    )
