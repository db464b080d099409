"""Accounts over real HTTP and as services, with a clock set by hand and passwords that are quick to check."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from accounts.app_keys import ACCOUNTS, Accounts
from accounts.feature import AccountsOptions, build_accounts
from accounts.identity import Role
from accounts.passwords import Argon2Parameters, Passwords
from accounts.records import User
from accounts.server_secret import ServerSecret
from config import Settings
from infra.database import Database
from server.app import make_app
from tests.prepared_tables import PreparedSqlite

QUICK = Argon2Parameters(time_cost=1, memory_kib=64)
PASSWORD = "blue trumpet under 42 stars"
OTHER_PASSWORD = "seven quiet horses drinking"
SECRET = ServerSecret(lambda: "s" * 40)
MOMENT = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)

Client = TestClient[web.Request, web.Application]


class Time:
    """Set by hand."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time() -> Time:
    return Time()


class NoChannelKeys:
    async def authenticate(self, name: str, key: str | None, /) -> object:
        raise AssertionError("nobody publishes in these tests")


Build = Callable[..., Accounts]


@pytest.fixture
async def build(database: Database, time: Time) -> AsyncIterator[Build]:
    """``build(**options)``: the services over a database of each kind."""
    passwords = Passwords(QUICK)

    def make(**options: Any) -> Accounts:
        return build_accounts(
            database,
            SECRET,
            AccountsOptions(argon2=QUICK, **options),
            passwords=passwords,
            channel_keys=NoChannelKeys(),
            clock=time,
        )

    yield make
    passwords.close()


@pytest.fixture
def accounts(build: Build) -> Accounts:
    return build()


Serve = Callable[..., AbstractAsyncContextManager["Site"]]


@pytest.fixture
async def miles(accounts: Accounts) -> User:
    return await accounts.people.add("miles@example.org", PASSWORD, actor="cli", name="Miles")


@pytest.fixture
def serve(tmp_path: Path, time: Time, prepared_sqlite: PreparedSqlite) -> Serve:
    """``serve(**settings)``: the whole application over HTTP."""
    prepared_sqlite.lay(tmp_path)

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[Site]:
        app = make_app(
            Settings(host="127.0.0.1", udp_port=0, data_dir=tmp_path, shutdown_timeout_s=1.0, **settings),
            argon2=QUICK,
            clock=time,
        )
        server = TestServer(app)
        # Cookies are put in by hand, so that a test can send an old one.
        async with asyncio.timeout(60), TestClient(server, cookie_jar=DummyCookieJar()) as client:
            yield Site(client)

    return run


@pytest.fixture
async def site(serve: Serve) -> AsyncIterator["Site"]:
    async with serve() as site:
        yield site


class Site:
    """A running server, and people who use it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def accounts(self) -> Accounts:
        return self.client.app[ACCOUNTS]

    @property
    def origin(self) -> str:
        return f"http://{self.client.host}:{self.client.port}"

    async def call(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str
    ) -> "Reply":
        sent = dict(headers)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        kwargs: dict[str, Any] = {} if body is None else {"json": body}
        response = await self.client.request(method, f"/api/v1{path}", headers=sent, **kwargs)
        return await Reply.read(response)

    async def register(self, email: str = "miles@example.org", password: str = PASSWORD) -> None:
        body = {"email": email, "password": password, "display_name": "Miles"}
        reply = await self.call("POST", "/users", body)
        assert reply.status == 202, reply.body

    async def sign_in(self, email: str = "miles@example.org", password: str = PASSWORD) -> "Person":
        reply = await self.call("POST", "/session", {"email": email, "password": password})
        assert reply.status == 200, reply.body
        assert reply.body["status"] == "signed_in"
        return Person(self, reply.body["session"], reply.cookie)

    async def person(self, email: str = "miles@example.org") -> "Person":
        await self.register(email)
        return await self.sign_in(email)

    async def admin(self, email: str = "admin@example.org") -> "Person":
        await self.accounts.people.add(email, PASSWORD, actor="cli", role=Role.ADMIN)
        return await self.sign_in(email)


class Reply:
    """An answer, read."""

    def __init__(self, response: ClientResponse, body: Any) -> None:
        self.response = response
        self.status = response.status
        self.body = body
        self.headers = response.headers

    @classmethod
    async def read(cls, response: ClientResponse) -> "Reply":
        return cls(response, await response.json(content_type=None) if await response.read() else None)

    @property
    def cookie(self) -> str:
        """The refresh cookie's value; empty when it is not set or removed."""
        cookie = self.response.cookies.get("harmonie_session")
        return "" if cookie is None else cookie.value

    @property
    def problem(self) -> str:
        """The kind of problem."""
        assert self.response.content_type == "application/problem+json", self.body
        kind: str = self.body["type"]
        return kind.removeprefix("urn:harmonie:problem:")


class Person:
    """Somebody signed in."""

    def __init__(self, site: Site, session: dict[str, Any], cookie: str) -> None:
        self.site = site
        self.token: str = session["access_token"]
        self.session_id: str = session["session_id"]
        self.user: dict[str, Any] = session["user"]
        self.cookie = cookie

    async def call(self, method: str, path: str, body: object = None) -> Reply:
        return await self.site.call(method, path, body, token=self.token)

    async def refresh(self, cookie: str | None = None, origin: str | None = None) -> Reply:
        return await self.site.call(
            "POST",
            "/session/refresh",
            Cookie=f"harmonie_session={cookie or self.cookie}",
            Origin=origin or self.site.origin,
        )
