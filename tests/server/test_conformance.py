"""The real server against its own document: whatever is sent, the answer is one that is documented, and never a 500.

Requests are made up by schemathesis, fitting and unfitting ones, in a fixed order. Each comes from another address (by
a trusted proxy's header), so that limits do not hide what is behind them.
"""

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import msgspec
import pytest
import schemathesis
from aiohttp import web
from schemathesis import checks
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import APIOperation

from accounts.passwords import Argon2Parameters
from catalog.app_keys import CHANNELS
from config import Settings
from infra.endpoints import ENDPOINTS
from infra.openapi import document
from server.app import make_app

MAX_EXAMPLES = 8
"""Beside those that schemathesis makes of the edges of each value, some twenty for each operation."""
TIMEOUT_S = 10
CHANNEL = "miles"
CONFORMANCE = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_hosts = itertools.count(1)
Case = schemathesis.Case[Any]


@dataclass
class Served:
    """A server in a thread of its own: schemathesis is synchronous."""

    url: str
    stream_key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("conformance")
    settings = Settings(
        host="127.0.0.1",
        udp_port=0,
        data_dir=directory,
        trusted_proxies=("127.0.0.1",),
        shutdown_timeout_s=1.0,
        cors_origins=("https://stage.example.org",),
        tip_contract="0x" + "c" * 40,
        chain_rpc_url="http://127.0.0.1:1",
    )
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()
    result: list[Served] = []

    async def serve() -> None:
        app = make_app(settings, argon2=Argon2Parameters(time_cost=1, memory_kib=64))
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            _, key = await app[CHANNELS].add(CHANNEL, "Kind of Blue")
            host, port = runner.addresses[0][:2]
            result.append(Served(f"http://{host}:{port}", key))
            ready.set()
            await stop.wait()
        finally:
            ready.set()
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30), "the server did not start in time"
        assert result, "the server did not start"
        yield result[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def documented() -> schemathesis.BaseSchema:
    """The document, as the server would serve it; nothing is opened for it."""
    registry = make_app(Settings())[ENDPOINTS]
    return schemathesis.openapi.from_dict(msgspec.to_builtins(document(registry, "0")))


api = documented()


def operations() -> Iterator[APIOperation[Any, Any, Any, Any]]:
    ending = api.exclude(path_regex="/events$")  # a stream does not end; test_events.py reads them
    for each in ending.get_all_operations():
        assert isinstance(each, Ok), each.err()
        yield each.ok()


OPERATIONS = {each.label: each for each in operations()}
OF_CHANNELS = [label for label in OPERATIONS if "{channel}" in label]
bounded = hypothesis.settings(
    max_examples=MAX_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_documented(label: str, served: Served) -> None:
    def check(case: Case) -> None:
        case.call_and_validate(
            base_url=served.url,
            headers=_from_elsewhere(),
            timeout=TIMEOUT_S,
            # A schema cannot say what makes a good password, an e-mail address or a link that still works.
            excluded_checks=[checks.positive_data_acceptance],
        )

    _with_cases(OPERATIONS[label], check)


@pytest.mark.parametrize("label", OF_CHANNELS)
def test_so_they_are_for_a_channel_that_is_there_and_its_artist(label: str, served: Served) -> None:
    def check(case: Case) -> None:
        case.path_parameters["channel"] = CHANNEL
        headers = {"Authorization": f"Bearer {served.stream_key}", **_from_elsewhere()}
        # Checks of requests that ought to be refused do not hold: path and credentials have been put right.
        case.call_and_validate(base_url=served.url, headers=headers, timeout=TIMEOUT_S, checks=CONFORMANCE)

    _with_cases(OPERATIONS[label], check)


def _with_cases(operation: APIOperation[Any, Any, Any, Any], check: Callable[[Case], None]) -> None:
    """What `schema.parametrize` does, but when the test runs: it makes up cases while tests are collected, which every
    process of pytest-xdist does, and its tests all have one name, of which pytest-xdist runs one.
    """
    load_all_checks()
    test = build_operation_test(
        config=api.config,
        operation=operation,
        test_func=bounded(check),
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    test()


def _from_elsewhere() -> dict[str, str]:
    host = next(_hosts)
    return {"X-Forwarded-For": f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"}
