"""``--demo``: a chain of the demonstration's own, so that a newcomer can tip. Its coin is worth nothing.

It is anvil, as a process that ends with this one, on loopback. It mines when there is something to mine: a block a
second after a transaction came, and as many more as make a tip confirmed, so that an idle chain costs nothing and does
not grow. What it holds is kept in the data directory after each such run, and a restart goes on from there. A chain
that is begun anew has the contract at another address, so that no ledger takes one for the other.
"""

import asyncio
import contextlib
import os
import platform
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import aiohttp
import msgspec
import structlog

from accounts.ethereum import Address, checksum_address, keccak256
from config import Settings
from infra import leashed
from server.demo_rpc import DemoChainError, DemoChainRefused, DemoRpc
from tipping.artifact import DIRECTORY, tip_jar

_log = structlog.get_logger("demo")

CHAIN_ID = 31_337
CONFIRMATIONS = 3
BLOCK_S = 1.0
START_WITHIN_S = 20.0
LOOK_AGAIN_S = 0.01
RESTART_S = 1.0
STATE_FILE = "demo-chain.json"
STATE_MAX_BYTES = 64 * 1024 * 1024
"""More than this is not gone on with."""
FUNDS_BASE_UNITS = 1_000 * 10**18
DEPLOY_GAS = 3_000_000

# Both are part of every chain that anvil begins.
OWNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
PAYEES = ("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
FAN = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
_FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""Deploys what it is sent at an address that follows from the code and a salt (EIP-1014)."""


class _Stored(msgspec.Struct):
    salt: str
    state: str


def find_anvil() -> Path | None:
    """What ``make run`` has installed, else one that this machine has."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "")
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "")
    binary = DIRECTORY / f"node_modules/@foundry-rs/anvil-{system}-{machine}/bin/anvil"
    if binary.is_file():
        return binary
    found = shutil.which("anvil")
    return None if found is None else Path(found)


class DemoChain:
    """One chain, not yet begun. Its port and the contract's address are known, so that others can be told."""

    payees = PAYEES
    """Wallets that nobody needs the keys of, to pay channels to."""

    def __init__(self, binary: Path, directory: Path, *, block_s: float = BLOCK_S) -> None:
        self._binary = binary
        self._file = directory / STATE_FILE
        self._block_s = block_s
        self._salt = _read(self._file).salt or secrets.token_hex(32)
        self._state = ""
        self._port_holder: socket.socket | None = None
        self.contract = _deployed_at(self._salt)
        self._rpc: DemoRpc | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._is_whole = False
        """Whether it has the contract, and all that was kept: only then there is something to keep."""
        self._is_given_up = False

    @cached_property
    def port(self) -> int:
        """A free port, which nobody else is given until the chain begins."""
        self._port_holder = _hold_port()
        port: int = self._port_holder.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def rpc(self) -> DemoRpc:
        """Raises ``DemoChainError`` when the chain has not begun."""
        if self._rpc is None:
            raise DemoChainError("the chain has not begun")
        return self._rpc

    def configured(self, settings: Settings) -> Settings:
        """The settings with which tips are watched on this chain."""
        return replace(
            settings,
            chain_id=CHAIN_ID,
            chain_rpc_url=self.url,
            chain_rpc_fallbacks=(),
            chain_wake_url=f"ws://127.0.0.1:{self.port}",
            tip_contract=self.contract,
            tip_confirmations=CONFIRMATIONS,
            tip_from_block=1,
            tip_tokens=(),
            chain_name=settings.chain_name or "Play money",
            chain_symbol=settings.chain_symbol or "DEMO",
            tip_currency=settings.tip_currency or "USD",
            tip_prices=settings.tip_prices or ("native=1",),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The chain with the contract on it; without a word more than a log line when it cannot be had."""
        stored = _read(self._file)
        self._state = stored.state if stored.salt == self._salt else ""
        async with aiohttp.ClientSession() as http:
            self._rpc = DemoRpc(http, self.url)
            try:
                await self._begin()
                yield
            finally:
                await self._end()
                self._rpc = None

    async def mine(self) -> None:
        """A background task: mines, keeps the state, and begins the chain again when it died."""
        to_mine = 0
        while not self._is_given_up:
            await asyncio.sleep(self._block_s)
            if not self._is_whole:
                await self._begin_again()
                continue
            try:
                if int((await self.rpc.ask("txpool_status"))["pending"], 16):
                    to_mine = CONFIRMATIONS
                if to_mine:
                    await self.rpc.ask("evm_mine")
                    to_mine -= 1
                    if to_mine == 0:
                        await self._keep_state()
            except (DemoChainError, OSError) as error:
                _log.warning("demo_chain_in_trouble", reason=str(error))
                self._is_whole = self.is_running

    async def fund(self, address: Address) -> None:
        """Gives an account enough to tip with. Raises ``DemoChainError``."""
        await self.rpc.ask("anvil_setBalance", address, hex(FUNDS_BASE_UNITS))

    # Its life

    async def _begin(self) -> None:
        self._is_whole = False
        try:
            await self._start_process()
            if self._state:
                await self._go_on()
            if await self.rpc.ask("eth_getCode", self.contract, "latest") == "0x":
                await self._deploy()
            self._is_whole = True
            if not self._state:
                await self._keep_state()
        except (DemoChainError, OSError) as error:
            _log.warning("demo_chain_failed", reason=str(error))
        else:
            _log.info("demo_chain_started", pid=self.pid, contract=self.contract)

    async def _begin_again(self) -> None:
        await self._end_process()
        await asyncio.sleep(RESTART_S)
        await self._begin()

    async def _start_process(self) -> None:
        port = self.port
        if self._port_holder is not None:
            self._port_holder.close()
            self._port_holder = None
        options = (
            *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)),
            *("--hardfork", "shanghai", "--no-mining", "--no-cors", "--silent"),
        )
        self._process = await asyncio.create_subprocess_exec(
            *leashed.command(os.getpid(), str(self._binary), *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(contextlib.suppress(TimeoutError))
            await stack.enter_async_context(asyncio.timeout(START_WITHIN_S))
            while self._process.returncode is None:
                with contextlib.suppress(DemoChainError):
                    await self.rpc.ask("eth_chainId")
                    return
                await asyncio.sleep(LOOK_AGAIN_S)
        raise DemoChainError("it does not answer")

    async def _go_on(self) -> None:
        try:
            await self.rpc.ask("anvil_loadState", self._state)
        except DemoChainRefused:
            # Such as one that another version has kept. The ledger of this contract is ahead of any chain begun here.
            self._file.unlink(missing_ok=True)
            self._is_given_up = True
            raise DemoChainError(
                "what was kept of it cannot be gone on with; the next start begins anew"
            ) from None

    async def _end(self) -> None:
        if self._is_whole and self.is_running:
            with contextlib.suppress(DemoChainError, OSError):
                await self._keep_state()
        await self._end_process()

    async def _end_process(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _deploy(self) -> None:
        request = {
            "from": OWNER,
            "to": _FACTORY,
            "data": "0x" + self._salt + _creation().hex(),
            "gas": hex(DEPLOY_GAS),
        }
        await self.rpc.ask("eth_sendTransaction", request)
        await self.rpc.ask("evm_mine")
        if await self.rpc.ask("eth_getCode", self.contract, "latest") == "0x":
            raise DemoChainError("the contract could not be deployed")

    async def _keep_state(self) -> None:
        state = await self.rpc.ask("anvil_dumpState")
        if isinstance(state, str) and len(state) <= STATE_MAX_BYTES:
            self._state = state
            await asyncio.to_thread(_write, self._file, _Stored(self._salt, state))


def prepare_demo_chain(settings: Settings) -> DemoChain | None:
    """The chain of this demonstration; ``None`` when there is none to be had, or another one is configured."""
    binary = find_anvil()
    if not settings.demo or settings.tip_contract or settings.chain_rpc_url or binary is None:
        return None
    return DemoChain(binary, settings.data_dir)


def _creation(owner: str = OWNER) -> bytes:
    """What deploys the contract."""
    return bytes.fromhex(tip_jar().bytecode[2:] + owner[2:].rjust(64, "0"))


def _deployed_at(salt: str) -> Address:
    """EIP-1014."""
    parts = b"\xff" + bytes.fromhex(_FACTORY[2:]) + bytes.fromhex(salt) + keccak256(_creation())
    address = checksum_address("0x" + keccak256(parts)[-20:].hex())
    assert address is not None
    return address


def _hold_port() -> socket.socket:
    """A free port, which nobody else is given until this is closed."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


def _read(file: Path) -> _Stored:
    try:
        if file.stat().st_size <= STATE_MAX_BYTES + 1_024:
            stored = msgspec.json.decode(file.read_bytes(), type=_Stored)
            if len(bytes.fromhex(stored.salt)) == 32:
                return stored
    except (OSError, ValueError):
        pass
    return _Stored("", "")


def _write(file: Path, stored: _Stored) -> None:
    """All of it or nothing."""
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(stored))
    new.replace(file)
