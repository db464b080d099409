"""A wallet that is a contract signs in: a real chain, a contract on it, the server in a process of its own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from accounts.contract_signatures import RpcContractSignatures
from accounts.errors import ChainUnavailable
from accounts.ethereum import Address, checksum_address, personal_message_hash
from server.demo_chain import find_anvil
from tests.accounts.wallet import Wallet
from tests.chain.anvil import CORE_CHAIN_ID, Anvil
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer

OWNER, STRANGER = Wallet(7), Wallet(8)
DEEP = b'{"message":' + b"[" * 30_000


@pytest.fixture
async def chain(need: Need) -> AsyncIterator[Anvil]:
    executable = find_anvil()
    need(executable is not None, "anvil (scripts/contract --install-only)")
    assert executable is not None
    async with Anvil.running(str(executable)) as chain:
        yield chain


@pytest.fixture
async def contract(chain: Anvil) -> Address:
    """A wallet that is a contract and obeys ``OWNER``'s key."""
    address = checksum_address(await chain.deploy("OneOwnerWallet", OWNER.address))
    assert address is not None
    return address


async def test_a_contract_on_a_real_chain_says_what_its_owner_signed(chain: Anvil, contract: Address) -> None:
    contracts = RpcContractSignatures(chain.url, CORE_CHAIN_ID)
    signed = personal_message_hash("hello")

    async def is_valid(address: str, message_hash: bytes, signature: str) -> bool:
        return await contracts.is_valid(Address(address), message_hash, bytes.fromhex(signature[2:]))

    assert await is_valid(contract, signed, OWNER.sign("hello"))
    assert not await is_valid(contract, signed, STRANGER.sign("hello"))
    assert not await is_valid(contract, personal_message_hash("other"), OWNER.sign("hello"))
    assert not await is_valid(contract, signed, "0x"), "this contract reverts"
    assert not await is_valid(OWNER.address, signed, OWNER.sign("hello")), "there is no contract"
    with pytest.raises(ChainUnavailable):
        await RpcContractSignatures(chain.url, 1).is_valid(contract, signed, b"")


async def test_a_contract_wallet_signs_in_and_deep_json_does_no_harm_afterwards(
    chain: Anvil, contract: Address, tmp_path: Path
) -> None:
    async with (
        HarmonieServer.running(tmp_path, chain_rpc_url=chain.url) as server,
        aiohttp.ClientSession(server.url) as http,
    ):
        refused, _ = await sign_in(http, server.url, contract, STRANGER)
        assert refused == 401
        status, signed_in = await sign_in(http, server.url, contract, OWNER)
        assert (status, signed_in["status"]) == (200, "signed_in")
        token = {"Authorization": f"Bearer {signed_in['session']['access_token']}"}
        async with http.get("/api/v1/me/wallets", headers=token) as wallets:
            assert [each["address"] for each in (await wallets.json())["items"]] == [contract]
        # Whatever was imported for it, nesting without end is refused and ends nothing.
        for path in ("/api/v1/session/wallet", "/api/v1/session", "/api/v1/users"):
            headers = {"Content-Type": "application/json"}
            async with http.post(path, data=DEEP, headers=headers) as answer:
                assert (answer.status, (await answer.json())["type"]) == (
                    400,
                    "urn:harmonie:problem:body-malformed",
                )
        assert not server.process_ended()
        async with http.get("/livez") as alive:
            assert alive.status == 200


async def sign_in(
    http: aiohttp.ClientSession, origin: str, address: Address, signer: Wallet
) -> tuple[int, dict[str, Any]]:
    async with http.post("/api/v1/siwe/nonce") as answer:
        nonce = (await answer.json())["nonce"]
    proof = signer.proof(nonce, origin, datetime.now(UTC), address=address)
    async with http.post("/api/v1/session/wallet", json=proof) as answer:
        return answer.status, await answer.json()
