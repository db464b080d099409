"""A wallet in somebody's browser, announced by EIP-6963, whose keys and node are real; and what a fan does with it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from eth_account import Account
from eth_account.signers.local import LocalAccount
from playwright.async_api import Locator, expect

from tests.browser.chatting import Chatter

WALLET_NAME = "Test Wallet"
REJECTED = 4001
UNKNOWN_CHAIN = 4902

_PROVIDER = """
(() => {
  const provider = {
    async request({ method, params }) {
      const answer = await window.walletRequest(method, params ?? []);
      if ("error" in answer) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
  };
  const info = %s;
  const announce = () =>
    window.dispatchEvent(
      new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
    );
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


class WalletError(Exception):
    """What the wallet answers instead of a result."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.answer = {"code": code, "message": message, "data": data}


@dataclass
class Wallet:
    """One account. What it does not know of itself it asks its node, as wallets do."""

    node_url: str
    node_chain: int
    chain: int
    """The one it is on."""
    knows: set[int] = field(default_factory=set)
    account: LocalAccount = field(default_factory=Account.create)
    declines: bool = False
    connected: bool = False
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def funded(self, amount: int) -> None:
        await self.ask("anvil_setBalance", self.account.address, hex(amount))

    async def ask(self, method: str, *params: Any) -> Any:
        """The node's answer."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with aiohttp.ClientSession() as http, http.post(self.node_url, json=question) as response:
            answer = await response.json()
        if "error" in answer:
            error = answer["error"]
            raise WalletError(error["code"], error["message"], error.get("data"))
        return answer["result"]

    async def request(self, method: str, params: list[Any]) -> dict[str, Any]:
        """EIP-1193."""
        self.asked.append(method)
        try:
            return {"result": await self._answer(method, params)}
        except WalletError as error:
            return {"error": error.answer}

    async def _answer(self, method: str, params: list[Any]) -> Any:
        match method:
            case "eth_requestAccounts":
                self.connected = True
                return [self.account.address.lower()]
            case "eth_accounts":
                return [self.account.address.lower()] if self.connected else []
            case "eth_chainId":
                return hex(self.chain)
            case "wallet_switchEthereumChain":
                wanted = int(params[0]["chainId"], 16)
                if wanted not in {*self.knows, self.chain}:
                    raise WalletError(UNKNOWN_CHAIN, "Unrecognized chain ID.")
                self.chain = wanted
                return None
            case "wallet_addEthereumChain":
                assert params[0]["rpcUrls"]
                self.knows.add(int(params[0]["chainId"], 16))
                return None
            case "eth_signTypedData_v4":
                self._consent()
                signed = self.account.sign_typed_data(full_message=json.loads(params[1]))
                return "0x" + signed.signature.hex().removeprefix("0x")
            case "eth_sendTransaction":
                self._consent()
                return await self.send(params[0])
            case _:
                assert self.chain == self.node_chain, f"{method} on another chain"
                return await self.ask(method, *params)

    async def send(self, request: dict[str, Any], **other: Any) -> str:
        """Signs and sends; returns the hash. ``other``: such as another nonce or price."""
        transaction = {
            "to": request["to"],
            "data": request["data"],
            "value": int(request.get("value", "0x0"), 16),
            "gas": int(request.get("gas", "0x2dc6c0"), 16),
            "gasPrice": 10**10,
            "chainId": self.chain,
            "nonce": int(await self.ask("eth_getTransactionCount", self.account.address, "pending"), 16),
            **other,
        }
        signed = self.account.sign_transaction(transaction)
        self.sent.append(request | {"nonce": transaction["nonce"]})
        return str(
            await self.ask("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x"))
        )

    def _consent(self) -> None:
        if self.declines:
            raise WalletError(REJECTED, "User rejected the request.")


class Fan(Chatter):
    """Somebody at a channel's page who may tip."""

    async def has_tip_wallet(self, wallet: Wallet, *, icon: str = "") -> None:
        """Installs it for the pages that are loaded from now on."""
        await self.page.expose_function("walletRequest", wallet.request)
        info = {
            "uuid": "7a0f4a0c-0d2e-4f5e-9c55-0a7a2f9f3f10",
            "name": WALLET_NAME,
            "icon": icon,
            "rdns": "org.example.tips",
        }
        await self.page.add_init_script(_PROVIDER % json.dumps(info))

    async def opens_tips(self) -> Locator:
        await self.page.get_by_test_id("tip").click()
        dialog = self.page.get_by_role("dialog")
        await expect(dialog.get_by_test_id("tip-close")).to_be_visible()
        return dialog

    async def sends(self, amount: str = "", message: str = "") -> None:
        """From the open dialog."""
        if amount:
            await self.page.get_by_test_id("tip-amount").fill(amount)
        if message:
            await self.page.get_by_test_id("tip-message").fill(message)
        await self.page.get_by_test_id("tip-send").click()

    @property
    def progress(self) -> Locator:
        return self.page.get_by_test_id("tip-progress")

    @property
    def card(self) -> Locator:
        """The tip over the picture."""
        return self.page.get_by_test_id("tip-card")

    @property
    def tip_lines(self) -> Locator:
        return self.page.get_by_test_id("tip-line")


def pay_out(directory: Path, channel: str, wallet: str) -> None:
    """As if the channel's owner had said so."""
    with contextlib.closing(sqlite3.connect(directory / "data" / "harmonie.sqlite3")) as database:
        database.execute("UPDATE channels SET payout_wallet = ? WHERE name = ?", (wallet, channel))
        database.commit()
