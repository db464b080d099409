"""A client of the event socket that shares no code with the server: plain ``json`` and ``msgpack``, aiohttp."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import msgpack  # type: ignore[import-untyped]

Message = dict[str, Any]
FORMATS = ("harmonie.json", "harmonie.msgpack")
WITHIN_S = 15.0


class EventClient:
    """``connected`` is the way in. Everything received is kept in ``messages``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, format_: str) -> None:
        self.socket = socket
        self.format = format_
        self.messages: list[Message] = []
        self.frames = 0
        self.close_code: int | None = None
        self._ids = itertools.count(1)
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(
        cls,
        url: str,
        format_: str = FORMATS[0],
        *,
        headers: Mapping[str, str] | None = None,
        welcome: bool = True,
    ) -> AsyncIterator["EventClient"]:
        connector = aiohttp.UnixConnector(url.removeprefix("unix:")) if url.startswith("unix:") else None
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.ws_connect(
                f"{url}/ws", protocols=(format_,), headers=headers, max_msg_size=0, autoping=True
            ) as socket,
        ):
            client = cls(socket, format_)
            try:
                if welcome:
                    await client.until(lambda each: each.of_type("welcome"))
                yield client
            finally:
                await client.leave()

    async def leave(self) -> None:
        """Says goodbye."""
        await self.socket.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    def cut(self) -> None:
        """Gone without a word."""
        transport = self.socket._response.connection.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()

    def number_from(self, id_: int) -> None:
        """The next commands are numbered from here."""
        self._ids = itertools.count(id_)

    async def send(self, message: object) -> None:
        if self.format == "harmonie.json":
            await self.socket.send_str(json.dumps(message))
        else:
            await self.socket.send_bytes(msgpack.packb(message))

    async def ask(self, type_: str, **fields: object) -> Message:
        """One command and its answer."""
        id_ = next(self._ids)
        await self.send({"type": type_, "id": id_, **fields})
        return await self.answer(id_)

    async def answer(self, id_: int) -> Message:
        found: list[Message] = await self.until(
            lambda each: [message for message in each.messages if message.get("id") == id_]
        )
        return found[-1]

    async def join(self, room: str = "stage", **fields: object) -> Message:
        joined = await self.ask("join", room=room, **fields)
        assert joined["type"] == "joined", joined
        return joined

    async def until(self, look: Callable[["EventClient"], Any]) -> Any:
        """What ``look`` returns once it is true."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not (seen := look(self)):
                    self._news.clear()
                    await self._news.wait()
                return seen
        except TimeoutError:
            raise AssertionError(
                f"did not come; there came {self.messages[-5:]}, {self.close_code}"
            ) from None

    async def closed(self) -> int | None:
        """The close code, once it is closed."""
        await asyncio.wait_for(asyncio.shield(self._reading), WITHIN_S)
        return self.close_code

    def of_type(self, *types: str) -> list[Message]:
        return [each for each in self.messages if each["type"] in types]

    def data(self, room: str = "stage") -> list[Any]:
        """The data of the room's events so far, recovered ones too."""
        events = []
        for each in self.messages:
            if each["type"] == "event" and each["room"] == room:
                events.append(each["data"])
            if each["type"] == "joined" and each["room"] == room:
                events += [event["data"] for event in each.get("events", ())]
        return events

    async def _read(self) -> None:
        async for message in self.socket:
            self.frames += 1
            if self.format == "harmonie.json":
                assert message.type is aiohttp.WSMsgType.TEXT
                self.messages += json.loads(message.data)
            else:
                assert message.type is aiohttp.WSMsgType.BINARY
                self.messages += msgpack.unpackb(message.data)
            self._news.set()
        self.close_code = self.socket.close_code
        self._news.set()
