"""``--demo``: two channels for a newcomer on their own machine, and a performance on one of them.

Their keys hold for this process only. What the database keeps of the channels is the hash of keys nobody has seen,
so starting later without ``--demo`` leaves no door open.
"""

import asyncio
import contextlib
import importlib.util
import os
import secrets
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from accounts.audit import SERVER
from catalog.channel import StreamKeyHash, hash_stream_key
from catalog.errors import ChannelExists
from catalog.service import ChannelService
from chat.messages import RoomSettings
from chat.repository import rooms
from infra.database import Database

if TYPE_CHECKING:
    from server.demo_chain import DemoChain

_log = structlog.get_logger("demo")

DEMO_CHANNEL = "demo"
DEMO_KEY = "demo"
STAGE_CHANNEL = "stage"
ARTIST_MODULE = "server.demo_artist"
STREAM_KEY_VARIABLE = "HARMONIE_STREAM_KEY"
RESTART_FIRST_S = 1.0
RESTART_MAX_S = 30.0
STEADY_AFTER_S = 30.0
LINE_MAX_CHARACTERS = 500
TERMINATE_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Demo:
    """The keys of one demonstration, and the chain of its tips, when there is one."""

    chain: "DemoChain | None" = None
    stage_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def process_keys(self) -> dict[str, StreamKeyHash]:
        """What ``ChannelService`` accepts beside the stored keys."""
        return {DEMO_CHANNEL: hash_stream_key(DEMO_KEY), STAGE_CHANNEL: hash_stream_key(self.stage_key)}


async def add_demo_channels(channels: ChannelService, database: Database, demo: Demo) -> None:
    """Adds what is not there yet; where there is a chain, also the wallets that they are paid to.

    Guests write in their chats: a newcomer has no account yet.
    """
    titles = {DEMO_CHANNEL: "Your first stage", STAGE_CHANNEL: "Machine Music, played live"}
    for name, title in titles.items():
        with contextlib.suppress(ChannelExists):
            channel, _ = await channels.add(name, title)
            async with database.write() as session:
                await rooms.set_settings(session, channel.id, RoomSettings(guests=True))
    if demo.chain is not None:
        for name, payee in zip(titles, demo.chain.payees, strict=True):
            if (await channels.get(name)).payout_wallet is None:
                await channels.set_payout_wallet(name, payee, actor=SERVER)


def artist_available() -> bool:
    """Whether this installation has the synthetic artist."""
    return importlib.util.find_spec(ARTIST_MODULE) is not None


async def keep_artist_playing(whip_url: str, stream_key: str) -> None:
    """A background task: runs the artist in its own process and starts it again, ever more slowly, when it dies."""
    wait_s = RESTART_FIRST_S
    while True:
        started_s = time.monotonic()
        code = await _run_artist(whip_url, stream_key)
        steady = time.monotonic() - started_s >= STEADY_AFTER_S
        wait_s = RESTART_FIRST_S if steady else wait_s
        _log.warning("demo_artist_ended", exit_code=code, restart_in_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, RESTART_MAX_S)


async def _run_artist(whip_url: str, stream_key: str) -> int:
    """Returns the exit code; when cancelled, ends the process first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        ARTIST_MODULE,
        "--url",
        whip_url,
        "--key-from-env",
        "--parent-pid",
        str(os.getpid()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {STREAM_KEY_VARIABLE: stream_key},
    )
    _log.info("demo_artist_started", pid=process.pid, channel=STAGE_CHANNEL)
    try:
        await _log_lines(process.stderr)
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _log_lines(stream: asyncio.StreamReader | None) -> None:
    """Passes what the artist says on as log lines of ours, until it ends."""
    while stream is not None and (line := await stream.readline()):
        _log.info("demo_artist_says", words=line.decode(errors="replace").strip()[:LINE_MAX_CHARACTERS])


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(TERMINATE_WITHIN_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
