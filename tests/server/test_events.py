"""The event socket as a part of the whole server, and the server over Redis."""

import dataclasses
from pathlib import Path

import pytest

from config import Settings
from infra.bus_redis import BusCannotStart
from server.app import make_app
from tests.polling import eventually
from tests.redis_server import RedisServer
from tests.server.conftest import Client, Harmonie, Serving
from tests.signaling.gateway.client import EventClient


def url_of(client: Client) -> str:
    return f"http://{client.host}:{client.port}"


async def test_the_socket_is_there_and_documented(client: Client) -> None:
    async with EventClient.connected(url_of(client)) as page:
        assert page.messages[0]["type"] == "welcome"
        assert (await page.ask("join", room="nowhere-at-all"))["code"] == "no_such_room"
    async with client.get("/api/asyncapi.json") as answer:
        assert (await answer.json())["asyncapi"] == "3.0.0"
    async with client.get("/ws") as answer:
        assert (answer.status, answer.content_type) == (426, "application/problem+json")


async def test_the_metrics_tell_of_it(client: Client) -> None:
    async with EventClient.connected(url_of(client)), client.get("/metrics") as answer:
        text = await answer.text()
    assert "harmonie_event_connections 1.0" in text
    assert "harmonie_event_joins_recovered_total 0.0" in text


@pytest.mark.xdist_group("redis")
async def test_readiness_names_redis(settings: Settings, serving: Serving, own_redis: RedisServer) -> None:
    settings = dataclasses.replace(settings, redis_url=own_redis.url)
    async with serving(make_app(settings)) as client:

        async def ready() -> tuple[int, object]:
            async with client.get("/readyz") as answer:
                return answer.status, (await answer.json())["checks"]["redis"]

        assert await ready() == (200, True)
        own_redis.kill()
        await eventually(ready, lambda each: each == (503, False))
        async with EventClient.connected(url_of(client)) as page:
            assert page.messages[0]["type"] == "welcome"
        own_redis.start()
        await eventually(ready, lambda each: each == (200, True))


async def test_an_application_does_not_start_without_its_redis(settings: Settings, tmp_path: Path) -> None:
    url = f"unix://:sesame@{tmp_path}/nobody.sock"
    app = make_app(dataclasses.replace(settings, redis_url=url))
    app.freeze()
    with pytest.raises(BusCannotStart) as caught:
        await app.startup()
    assert "sesame" not in str(caught.value)
    await app.cleanup()


async def test_the_command_says_why_it_does_not_start(forked_harmonie: Harmonie) -> None:
    url = "redis://:sesame@127.0.0.1:1"
    code, out, err = await forked_harmonie.run("serve", "--port", "0", HARMONIE_REDIS_URL=url)
    assert code != 0
    assert "Redis" in err
    assert "Traceback" not in err
    assert "sesame" not in out + err
    code, _, err = await forked_harmonie.run("serve", HARMONIE_REDIS_URL="http://sesame@127.0.0.1")
    assert code != 0
    assert "HARMONIE_REDIS_URL" in err
    assert "sesame" not in err
