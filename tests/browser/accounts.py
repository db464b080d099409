"""What a person does on the pages of accounts, and a wallet in their browser that signs for real."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.async_api import Page, Route, expect

from tests.browser.chromium import ChromiumTab
from tests.harmonie_server import HarmonieServer

PASSWORD = "velvet trombone under rain"

SIGNED_IN_NOTE = "harmonie.signed-in"
"""What the pages keep so that they know that they may ask for a token."""

STEP_MS = 30_000

PROVIDER = """
(() => {
  const wallet = %s;
  const refusal = (code, message) => Object.assign(new Error(message), { code });
  const provider = {
    async request({ method, params }) {
      switch (method) {
        case "eth_requestAccounts":
        case "eth_accounts":
          return [wallet.address.toLowerCase()];
        case "eth_chainId":
          return "0x" + wallet.chain.toString(16);
        case "wallet_switchEthereumChain":
          if (!wallet.switches) throw refusal(4902, "unknown chain");
          wallet.chain = Number(params[0].chainId);
          return null;
        case "personal_sign":
          if (wallet.declines) throw refusal(4001, "declined");
          return await window.signForReal(params[0]);
        default:
          throw refusal(4200, "unknown method");
      }
    },
  };
  window.testWallet = wallet;
  const uuid = "0b8e5c4e-2f0e-4d0e-8f0e-2f0e4d0e8f0e";
  const info = { uuid, name: "Test Wallet", icon: "", rdns: "org.example.wallet" };
  const announce = () =>
    window.dispatchEvent(
      new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
    );
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


class Person:
    """Somebody at a page of theirs."""

    def __init__(self, tab: ChromiumTab, server: HarmonieServer) -> None:
        self.tab = tab
        self.page: Page = tab.page
        self.page.set_default_timeout(STEP_MS)
        self.server = server
        self._token = ""

    async def goto(self, path: str) -> None:
        await self.page.goto(self.server.url + path)

    async def has_account(self, name: str, email: str) -> None:
        """Signed up and in without the pages: what the server and the browser keep is the same."""
        credentials = {"email": email, "password": PASSWORD}
        await self._ask("users", {**credentials, "display_name": name})
        self._token = (await self._ask("session", credentials))["session"]["access_token"]
        # In a page of the server's address that the server knows nothing of.
        nothing = f"{self.server.url}/nothing"
        await self.page.route(nothing, _answer_nothing)
        await self.page.goto(nothing)
        await self.page.evaluate(f"localStorage.setItem('{SIGNED_IN_NOTE}', 'yes')")
        await self.page.unroute(nothing)

    async def has_channel(self, name: str) -> str:
        """Somebody who `has_account` makes one; returns the stream key."""
        key: str = (await self._ask("channels", {"name": name}))["stream_key"]
        return key

    async def sign_up(self, name: str, email: str) -> None:
        """By the page."""
        await self.goto("/signup")
        await self.page.get_by_label("Name", exact=True).fill(name)
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Make my account").click()
        await self.until_signed_in()

    async def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """The first step; the second factor, if there is one, is asked for next."""
        await self.goto("/signin")
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()

    async def until_signed_in(self) -> None:
        await expect(self.page.get_by_test_id("account")).to_be_visible()

    async def until_signed_out(self) -> None:
        await expect(self.page.locator(".account-sign-in")).to_be_visible()

    async def sign_out(self) -> None:
        await self.page.get_by_test_id("account").click()
        await self.page.get_by_role("button", name="Sign out", exact=True).click()
        await self.until_signed_out()

    async def confirm_by_password(self, password: str = PASSWORD) -> None:
        """The step-up dialog."""
        dialog = self.page.get_by_role("dialog", name="Confirm that it is you")
        await dialog.get_by_label("Your password").fill(password)
        await dialog.get_by_role("button", name="Confirm", exact=True).click()
        await expect(dialog).to_be_hidden()

    async def secrets(self) -> list[str]:
        """What is shown only once."""
        codes = self.page.get_by_test_id("secret").locator("code")
        await expect(codes.first).to_be_visible()
        secrets: list[str] = await codes.all_inner_texts()
        return secrets

    async def make_channel(self, name: str) -> str:
        """By the page; returns the stream key."""
        await self.goto("/channels")
        form = self.page.get_by_role("form", name="New channel")
        await form.get_by_label("Channel name").fill(name)
        await form.get_by_role("button", name="Make the channel").click()
        (key,) = await self.secrets()
        return key

    async def has_wallet(self, *, chain: int, switches: bool = True, declines: bool = False) -> str:
        """Installs a wallet for the pages that are loaded from now on; returns its address."""
        account = Account.create()

        def sign(message: str) -> str:
            signed = account.sign_message(encode_defunct(hexstr=message))
            return f"0x{signed.signature.hex().removeprefix('0x')}"

        await self.page.expose_function("signForReal", sign)
        wallet: dict[str, Any] = {
            "address": account.address,
            "chain": chain,
            "switches": switches,
            "declines": declines,
        }
        await self.page.add_init_script(PROVIDER % json.dumps(wallet))
        return str(account.address)

    async def _ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """From this browser, so that a cookie in the answer is the browser's."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = await self.page.request.post(f"{self.server.url}/api/v1/{path}", data=body, headers=headers)
        assert answer.ok, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def _answer_nothing(route: Route) -> None:
    await route.fulfill(content_type="text/html", body="<!doctype html>")


def signed_in_long_ago(server: HarmonieServer) -> None:
    """As if everybody had signed in an hour ago: from now on the server wants a fresh proof for what is protected."""
    with contextlib.closing(sqlite3.connect(server.directory / "data" / "harmonie.sqlite3")) as database:
        database.execute(
            "UPDATE sessions SET authenticated_at ="
            " strftime('%Y-%m-%d %H:%M:%S.000000', authenticated_at, '-1 hour')"
        )
        database.commit()


def totp_secret(shown: str) -> str:
    return re.sub(r"\s", "", shown)
