"""What only a bus over the network can do wrong: Redis killed, silent, restarted, refusing."""

import asyncio

import pytest

from infra.bus import BusUnavailable, Position
from infra.bus_redis import BusCannotStart, RedisBus
from tests.contract.conftest import Heard, running
from tests.redis_server import RedisServer

pytestmark = pytest.mark.xdist_group("redis")
TOPIC = "channel:0193"


async def test_two_processes_share_a_topic(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as one, running(RedisBus(own_redis.url)) as other:
        heard = Heard()
        await other.subscribe(TOPIC, heard)
        position = await one.publish(TOPIC, b"a", key="k")
        assert await other.publish(TOPIC, b"a", key="k") == position
        await heard.until(lambda each: each.entries)
        assert heard.data == [b"a"]
        assert (await other.history(TOPIC, None, 5)).position == position


async def test_prefixes_keep_servers_apart(own_redis: RedisServer) -> None:
    async with (
        running(RedisBus(own_redis.url, prefix="a")) as one,
        running(RedisBus(own_redis.url, prefix="b")) as b,
    ):
        heard = Heard()
        await b.subscribe(TOPIC, heard)
        await one.publish(TOPIC, b"a")
        await b.publish(TOPIC, b"b")
        await heard.until(lambda each: each.entries)
        assert heard.data == [b"b"]


async def test_when_redis_is_killed_receivers_are_told_and_publishing_fails(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        heard = Heard()
        await bus.subscribe(TOPIC, heard)
        await bus.publish(TOPIC, b"a")
        own_redis.kill()
        await heard.until(lambda each: each.losses == ["lost"])
        for attempt in (bus.publish(TOPIC, b"b"), bus.signal(TOPIC, b"b"), bus.history(TOPIC, None, 1)):
            with pytest.raises(BusUnavailable) as caught:
                await attempt
            assert not caught.value.uncertain
        with pytest.raises(BusUnavailable):
            await bus.subscribe("channel:other", Heard())
        with pytest.raises(BusUnavailable):
            await bus.ping()


async def test_when_redis_is_back_it_goes_on_in_a_new_epoch(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        heard = Heard()
        await bus.subscribe(TOPIC, heard)
        before = await bus.publish(TOPIC, b"before", key="k")
        own_redis.kill()
        await heard.until(lambda each: each.losses)
        own_redis.start()
        await heard.until(lambda each: each.losses == ["lost", "back"])
        history = await bus.history(TOPIC, before, 10)
        assert not history.complete
        after = await bus.publish(TOPIC, b"after", key="k")
        assert (after.epoch != before.epoch, after.offset) == (True, 1)
        await heard.until(lambda each: len(each.entries) == 2)
        assert heard.data == [b"before", b"after"]


async def test_even_a_redis_that_kept_everything_begins_a_new_epoch(redis_program: str) -> None:
    """It may have lost the last events, and nobody can tell."""
    with RedisServer.running(redis_program, appendonly=True) as server:
        async with running(RedisBus(server.url)) as bus:
            before = await bus.publish(TOPIC, b"before")
            server.kill()
        server.start()
        async with running(RedisBus(server.url)) as bus:
            history = await bus.history(TOPIC, None, 10)
            assert history.position.epoch != before.epoch
            assert (history.position.offset, history.entries) == (0, ())
            assert await bus.publish(TOPIC, b"after") == Position(history.position.epoch, 1)


async def test_a_lost_connection_alone_keeps_the_epoch(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus, running(RedisBus(own_redis.url)) as other:
        heard = Heard()
        await bus.subscribe(TOPIC, heard)
        before = await bus.publish(TOPIC, b"a")
        own_redis.command("CLIENT", "KILL", "TYPE", "pubsub")
        await heard.until(lambda each: each.losses == ["lost", "back"])
        assert await other.publish(TOPIC, b"b") == Position(before.epoch, 2)
        await heard.until(lambda each: len(each.entries) == 2)
        assert (await bus.history(TOPIC, before, 10)).complete


async def test_a_redis_that_falls_silent_is_noticed(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        heard = Heard()
        await bus.subscribe(TOPIC, heard)
        own_redis.freeze()
        publishing = asyncio.create_task(bus.publish(TOPIC, b"a", key="k"))
        await heard.until(lambda each: each.losses == ["lost"])
        with pytest.raises(BusUnavailable) as caught:
            await publishing
        assert caught.value.uncertain
        own_redis.thaw()
        await heard.until(lambda each: each.losses == ["lost", "back"])
        # The frozen server carried out what it was sent; the key makes one of both.
        assert (await bus.publish(TOPIC, b"a", key="k")).offset == 1


async def test_a_topic_whose_keys_were_lost_begins_a_new_epoch(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        before = await bus.publish(TOPIC, b"a")
        own_redis.command("FLUSHALL")
        after = await bus.publish(TOPIC, b"b")
        assert (after.offset, after.epoch != before.epoch) == (1, True)
        await bus.publish(TOPIC, b"c")
        own_redis.command("DEL", "harmonie:{channel:0193}:log")
        assert not (await bus.history(TOPIC, after, 10)).complete


async def test_scripts_that_were_forgotten_are_told_again(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        await bus.publish(TOPIC, b"a")
        own_redis.command("SCRIPT", "FLUSH")
        assert (await bus.publish(TOPIC, b"b")).offset == 2


async def test_a_redis_without_room_refuses_and_nothing_is_sent(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url)) as bus:
        heard = Heard()
        await bus.subscribe(TOPIC, heard)
        own_redis.command("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(BusUnavailable) as caught:
            await bus.publish(TOPIC, b"a")
        assert not caught.value.uncertain
        own_redis.command("CONFIG", "SET", "maxmemory", "0")
        assert (await bus.publish(TOPIC, b"b")).offset == 1
        await heard.until(lambda each: each.entries)
        assert heard.data == [b"b"]


async def test_a_log_that_is_not_used_is_forgotten(own_redis: RedisServer) -> None:
    async with running(RedisBus(own_redis.url, max_age_s=1_000)) as bus:
        await bus.publish(TOPIC, b"a", key="k")
    lives_ms = [
        int(own_redis.command("PTTL", f"harmonie:{{channel:0193}}:{key}")[1:])
        for key in ("log", "key:k", "at")
    ]
    assert 0 < lives_ms[0] <= 1_000_000
    assert 0 < lives_ms[1] <= 300_000
    assert 0 < lives_ms[2] <= 7 * 86_400_000


async def test_it_does_not_start_without_redis_and_says_why_without_the_password(
    own_redis: RedisServer,
) -> None:
    own_redis.kill()
    with pytest.raises(BusCannotStart) as caught:
        await RedisBus(f"unix://:sesame@{own_redis.socket_path}").open()
    assert "Redis" in str(caught.value)
    assert "sesame" not in str(caught.value)


async def test_a_wrong_password_is_said_without_it(redis_program: str) -> None:
    with RedisServer.running(redis_program, password="sesame") as server:
        async with running(RedisBus(server.url)) as bus:
            await bus.ping()
        with pytest.raises(BusCannotStart) as caught:
            await RedisBus(server.url.replace("sesame", "mellon")).open()
        assert "mellon" not in str(caught.value)
        with pytest.raises(BusCannotStart):
            await RedisBus(f"unix://{server.socket_path}").open()


def test_what_is_no_address_of_redis_is_refused() -> None:
    with pytest.raises(ValueError):
        RedisBus("http://127.0.0.1:6379")
