"""A node between the watcher and the real one, which lies, freezes, limits and dies as it is told."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


class HostileNode:
    """``mood`` says how it answers: see ``_twist``; ``honest`` passes everything on."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._real = url
        self._http = http
        self.mood = "honest"
        self.asked: Counter[str] = Counter()
        self.most_blocks = 1 << 30
        self.url = ""
        self._thawed = asyncio.Event()
        self._kept: dict[str, Any] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator["HostileNode"]:
        async with aiohttp.ClientSession() as http:
            node = cls(url, http)
            app = web.Application()
            app.router.add_post("/{key}", node._handle)
            async with TestServer(app) as server:
                node.url = str(server.make_url("/secret-key"))
                try:
                    yield node
                finally:
                    node._thawed.set()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        question = await request.json()
        method = question["method"]
        self.asked[method] += 1
        match self.mood:
            case "dead":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "frozen":
                await self._thawed.wait()
            case "rate limited":
                return web.Response(status=429, headers={"Retry-After": "0.3"})
            case "broken":
                return web.Response(status=502, text="<html>bad gateway</html>")
            case "no json":
                return web.Response(text="Welcome!")
            case "nested":
                return web.Response(text='{"id":1,"result":' + "[" * 200_000)
        if method == "eth_getLogs" and "fromBlock" in question["params"][0]:
            asked = question["params"][0]
            if int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) >= self.most_blocks:
                error = {"code": -32005, "message": "query returned more than 10000 results"}
                return web.json_response({"jsonrpc": "2.0", "id": question["id"], "error": error}, status=400)
        async with self._http.post(self._real, json=question) as response:
            answer = await response.json()
        return web.Response(body=json.dumps(self._twist(method, question, answer)).encode())

    def _twist(self, method: str, question: Any, answer: Any) -> Any:
        result = answer.get("result")
        match self.mood, method:
            case "wrong chain", "eth_chainId":
                return {**answer, "result": "0x1"}
            case "wrong contract", "eth_getCode":
                return {**answer, "result": "0x6001"}
            case "other answers", _:
                return {**answer, "id": question["id"] + 1}
            case "wrong block", "eth_getBlockByHash":
                return {**answer, "result": {**result, "hash": "0x" + "ab" * 32}} if result else answer
            case "wrong logs", "eth_getLogs":
                return {**answer, "result": [{**log, "blockHash": "0x" + "ab" * 32} for log in result]}
            case "other contract's logs", "eth_getLogs":
                return {**answer, "result": [{**log, "address": "0x" + "ab" * 20} for log in result]}
            case "removed logs", "eth_getLogs":
                return {**answer, "result": [{**log, "removed": True} for log in result]}
            case "logs twice", "eth_getLogs":
                return {**answer, "result": result * 2}
            case "no logs yet", "eth_getLogs":
                return {**answer, "result": []}
            case "no times", "eth_getLogs":
                return {**answer, "result": [_without_time(log) for log in result]}
            case "standing still", "eth_getBlockByNumber":
                return {**self._kept.setdefault("head", answer), "id": answer["id"]}
        return answer


def _without_time(log: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in log.items() if name != "blockTimestamp"}
