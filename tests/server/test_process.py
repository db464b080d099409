"""The real command in a real process: start, stop, and everything that keeps it from starting.

A few start as people do; the others are forked, which spares each some two seconds of importing.
"""

import asyncio
import json
import resource
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.server.conftest import Harmonie

LOOPBACK = ("--host", "127.0.0.1", "--port", "0")
DEMO = ("--demo", "--no-demo-artist", "--port", "0")


async def test_sigterm_and_sigint_stop_it_cleanly(harmonie: Harmonie) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        async with harmonie.serving(*LOOPBACK) as served:
            served.process.send_signal(number)
            assert await served.process.wait() == 0


async def test_a_stop_ends_event_streams_and_waits_for_no_idle_client(forked_harmonie: Harmonie) -> None:
    async with (
        forked_harmonie.serving(*LOOPBACK, "--shutdown-timeout-s", "20") as served,
        aiohttp.ClientSession(served.url) as session,
        session.get("/api/v1/events") as events,
    ):
        await events.content.readuntil(b"\n\n")
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await served.process.wait() == 0
        await events.content.read()


@asynccontextmanager
async def hanging_request(url: str) -> AsyncIterator[None]:
    """A request that is being answered for ever: the artist's PATCH, whose body never comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(
        b"PATCH /api/v1/channels/demo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo\r\n"
        b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    )
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    yield
    writer.close()


async def test_a_stop_waits_for_requests_no_longer_than_its_bound(forked_harmonie: Harmonie) -> None:
    async with (
        forked_harmonie.serving(*DEMO, "--shutdown-timeout-s", "0.2") as served,
        hanging_request(served.url),
        asyncio.timeout(20),
    ):
        served.process.send_signal(signal.SIGTERM)
        assert await served.process.wait() == 0


async def test_a_second_signal_exits_at_once(forked_harmonie: Harmonie) -> None:
    """Both are there when the server looks: neither its pace nor this machine's decides what it sees first."""
    async with (
        forked_harmonie.serving(*DEMO, "--shutdown-timeout-s", "600") as served,
        hanging_request(served.url),
    ):
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            served.process.send_signal(number)
        second = await served.logged("stopped_at_once")
        assert await served.process.wait() == 128 + signal.Signals[second["signal"]]
        assert '"event": "stopping"' in served.log


async def test_a_taken_port_is_one_clear_line(harmonie: Harmonie, taken_port: int) -> None:
    code, out, err = await harmonie.run("serve", "--host", "127.0.0.1", "--port", str(taken_port))
    assert code == 1
    assert out == ""
    assert "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith(
        f"harmonie: cannot listen on 127.0.0.1:{taken_port}: another program uses this port"
    )


async def test_a_taken_media_port_is_one_clear_line(forked_harmonie: Harmonie) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        code, _, err = await forked_harmonie.run("serve", *LOOPBACK, "--udp-port", port)
    assert (code, "Traceback" in err) == (1, False)
    assert f"cannot listen on UDP port {port}: another program" in err.splitlines()[-1]


async def test_a_low_limit_of_open_files_is_raised_as_far_as_it_may_be(harmonie: Harmonie) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, hard), hard))
    try:
        async with harmonie.serving(*LOOPBACK) as served:
            assert served.process.pid is not None
            assert resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE)[0] == min(65_536, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_loopback_is_both_families(forked_harmonie: Harmonie) -> None:
    async with forked_harmonie.serving(*LOOPBACK) as served:
        port = served.url.rpartition(":")[2]
        async with aiohttp.ClientSession() as session:
            for host in ("127.0.0.1", "[::1]"):
                assert (await session.get(f"http://{host}:{port}/livez")).status == 200


async def test_an_address_that_is_not_here_is_one_clear_line(forked_harmonie: Harmonie) -> None:
    code, _, err = await forked_harmonie.run("serve", "--host", "192.0.2.1", "--port", "0")
    assert (code, "Traceback" in err) == (1, False)
    assert "this machine does not have the address" in err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HARMONIE_PORT": "eighty"}, "harmonie: HARMONIE_PORT in the environment: expected a whole number"),
        ({"HARMONIE_PROT": "80"}, "harmonie: the environment has the unknown setting HARMONIE_PROT"),
        (
            {"HARMONIE_DATABASE_URL": "mysql://a:hunter2@b/c"},
            "harmonie: database_url: expected postgresql://",
        ),
    ],
)
async def test_a_wrong_setting_is_one_clear_line(
    forked_harmonie: Harmonie, environment: dict[str, str], expected: str
) -> None:
    code, out, err = await forked_harmonie.run("serve", **environment)
    assert (code, out) == (2, "")
    assert err.startswith(expected)
    assert err.count("\n") == 1
    assert "hunter2" not in err


async def test_an_unreachable_database_is_one_clear_line(forked_harmonie: Harmonie) -> None:
    code, _, err = await forked_harmonie.run(
        "serve", *LOOPBACK, HARMONIE_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:9/none"
    )
    assert code == 1
    assert "Traceback" not in err
    assert "cannot use the database postgresql" in err.splitlines()[-1]
    assert "hunter2" not in err


@pytest.mark.parametrize("command", [("serve", *LOOPBACK), ("channel", "list")], ids=["serve", "list"])
async def test_a_data_directory_that_cannot_be_made_is_one_clear_line(
    forked_harmonie: Harmonie, command: tuple[str, ...]
) -> None:
    (forked_harmonie.directory / "file").write_text("")
    code, _, err = await forked_harmonie.run(*command, "--data-dir", "file/data")
    assert (code, "Traceback" in err) == (1, False)
    assert "cannot use the data directory file/data: a part of its path" in err.splitlines()[-1]
    assert "--data-dir" in err.splitlines()[-1]


async def test_two_servers_do_not_share_a_data_directory(forked_harmonie: Harmonie) -> None:
    async with forked_harmonie.serving(*LOOPBACK) as served:
        code, _, err = await forked_harmonie.run("serve", *LOOPBACK)
        assert (code, "Traceback" in err) == (1, False)
        assert (
            f"process {served.process.pid} is a Harmonie server that uses it already" in err.splitlines()[-1]
        )
        assert (await forked_harmonie.run("channel", "add", "miles"))[0] == 0
        served.process.kill()
        await served.process.wait()
        async with forked_harmonie.serving(*LOOPBACK):
            pass


async def test_a_page_directory_without_pages_is_one_clear_line(forked_harmonie: Harmonie) -> None:
    code, out, err = await forked_harmonie.run("serve", *LOOPBACK, "--page-dir", "no/where")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("harmonie: page_dir: there is no index.html in no/where")


async def test_the_demo_prints_three_addresses_and_its_key_works(forked_harmonie: Harmonie) -> None:
    async with forked_harmonie.serving(*DEMO) as served:
        out = await served.output("Ctrl-C")
        assert "not for the internet" in out
        assert served.url.startswith("http://127.0.0.1:")
        for address in ("/", "/studio?channel=demo#key=demo", "/stage"):
            assert f"{served.url}{address}\n" in out
        async with aiohttp.ClientSession(served.url, headers={"Authorization": "Bearer demo"}) as session:
            assert (await session.patch("/api/v1/channels/demo", json={"title": "x"})).status == 200
            assert (await session.patch("/api/v1/channels/stage", json={"title": "x"})).status == 403


async def test_the_demo_key_is_gone_without_the_demo(forked_harmonie: Harmonie) -> None:
    async with forked_harmonie.serving(*DEMO):
        pass
    async with (
        forked_harmonie.serving(*LOOPBACK) as served,
        aiohttp.ClientSession(served.url, headers={"Authorization": "Bearer demo"}) as session,
    ):
        assert (await session.patch("/api/v1/channels/demo", json={"title": "x"})).status == 403


async def test_no_process_outlives_the_server(forked_harmonie: Harmonie) -> None:
    async with forked_harmonie.serving("--demo", "--port", "0") as served:
        await served.output("Ctrl-C")
        children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
        served.process.send_signal(signal.SIGTERM)
        assert await served.process.wait() == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)


async def test_no_log_line_holds_a_key(harmonie: Harmonie) -> None:
    """Requests of many kinds, and bytes that are no HTTP, with the same secret in every place one could be."""
    secret = "s3cr3t-stream-key"
    async with harmonie.serving(*LOOPBACK, "--log-level", "debug", "--log-format", "json") as served:
        headers = {"Authorization": f"Bearer {secret}", "Cookie": f"key={secret}"}
        async with aiohttp.ClientSession(served.url, headers=headers) as session:
            await session.patch("/api/v1/channels/none", json={"title": secret})
            await session.get("/studio", params={"key": secret})
            await session.post("/livez", data=secret)
            await session.get(f"/api/v1/channels?key={secret}")
        host, port = served.url.removeprefix("http://").split(":")
        for garbage in (
            f"GET / HTTP/1.1\r\nAuthorization: Bearer {secret}\x01\r\n\r\n",
            f"GET / HTTP/1.1\r\nAuthorization : Bearer {secret}\r\n\r\n",
        ):
            with socket.create_connection((host, int(port))) as raw:
                raw.sendall(garbage.encode())
                raw.settimeout(10)
                await asyncio.to_thread(raw.recv, 1_000)
        served.process.send_signal(signal.SIGTERM)
        _, err = await served.process.communicate()
    lines = (served.log + err.decode()).splitlines()
    assert any('"route": "/studio"' in line for line in lines)
    for line in lines:
        assert secret not in line
        json.loads(line)
