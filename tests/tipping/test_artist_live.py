"""What the artist has of tips, in the whole server with a real chain: goals, the overlay, the histories."""

import contextlib
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from accounts.tables import UserRow
from catalog.app_keys import CATALOG
from catalog.channel import ChannelName
from catalog.tables import ChannelRow
from infra.clock import utc_now
from server.app_keys import DATABASE
from tests.accounts.conftest import Person
from tests.signaling.gateway.client import EventClient
from tests.tipping.serving import Served
from tipping import stage_repository
from tipping.app_keys import TIPPING
from tipping.artist_tables import TipOverlayRow
from tipping.retention import TipRetention

COIN = 10**18
OVERLAY = "/channels/miles/overlay"


async def of_miles(served: Served, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    assert served.miles is not None
    reply = await served.miles.call(method, path, body)
    assert reply.status == status, (reply.status, reply.body)
    return reply.body


async def table(served: Served, person: Person | None, path: str) -> list[dict[str, str]]:
    """The rows of a table somebody downloads."""
    assert person is not None
    response = await served.site.client.get(
        f"/api/v1{path}", headers={"Authorization": f"Bearer {person.token}"}
    )
    assert (response.status, response.content_type) == (200, "text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    text = await response.text()
    assert text.count("\r\n") > 1
    return list(csv.DictReader(io.StringIO(text, newline="")))


class OverlayPage:
    """A browser source, by its address alone."""

    def __init__(self, client: EventClient, room: str, snapshot: Any) -> None:
        self.client = client
        self.room = room
        self.snapshot = snapshot

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, served: Served, token: str) -> AsyncIterator["OverlayPage"]:
        async with EventClient.connected(served.site.origin) as client:
            joined = await client.join(f"overlay/{token}")
            yield cls(client, f"overlay/{token}", joined["snapshot"])

    async def heard(self, type_: str, count: int = 1) -> Any:
        """The last of so many events of a type."""

        def enough(_: Any) -> list[Any]:
            found = [each for each in self.client.data(self.room) if each["type"] == type_]
            return found if len(found) >= count else []

        found: list[Any] = await self.client.until(enough)
        return found[-1]


async def overlay_token(served: Served) -> str:
    return str((await of_miles(served, "POST", f"{OVERLAY}/token"))["token"])


async def test_a_goal_follows_tips_as_they_come_and_as_the_chain_drops_them(served: Served) -> None:
    await served.tip(COIN)
    await served.node.mine()
    async with served.viewer() as viewer:
        await viewer.client.until(lambda _: viewer.snapshot["recent"] or viewer.events("tip_seen"))
        wanted = {"title": " New  amp ", "target": str(3 * COIN), "token": "0x" + "0" * 40}
        goal = await of_miles(served, "PUT", "/channels/miles/tips/goal", wanted)
        assert goal == {
            "id": goal["id"],
            "title": "New amp",
            "target": str(3 * COIN),
            "raised": "0",
            "token": "0x" + "0" * 40,
            "symbol": "CORE",
            "decimals": 18,
            "currency": "",
            "reached": False,
        }, "tips from before do not count"
        assert (await viewer.heard("tip_goal"))["goal"] == goal
        transaction = await served.tip(3 * COIN)
        raw = await served.node.raw(transaction)
        await served.node.mine()
        reached = (await viewer.heard("tip_goal", 2))["goal"]
        assert reached == goal | {"raised": str(3 * COIN), "reached": True}
        higher = await of_miles(
            served, "PUT", "/channels/miles/tips/goal", wanted | {"target": str(5 * COIN), "title": "Amp"}
        )
        assert higher == reached | {"target": str(5 * COIN), "title": "Amp", "reached": False}
        assert (await served.fresh())["goal"] == higher
        await served.node.drop(1)
        await served.node.mine_elsewhere()
        await served.node.mine()
        assert (await viewer.heard("tip_goal", 4))["goal"]["raised"] == "0"
        await served.node.mine_elsewhere(raw)
        assert (await viewer.heard("tip_goal", 5))["goal"]["raised"] == str(3 * COIN)
        worth = await of_miles(
            served, "PUT", "/channels/miles/tips/goal", {"title": "Rent", "target": "50000", "token": None}
        )
        assert (worth["currency"], worth["decimals"], worth["raised"]) == ("USD", 2, "0")
        await served.tip(2 * COIN)
        await served.node.mine()
        assert (await viewer.heard("tip_goal", 7))["goal"]["raised"] == "100"
        await of_miles(served, "DELETE", "/channels/miles/tips/goal", status=204)
        assert (await viewer.heard("tip_goal", 8))["goal"] is None
        assert (await served.fresh())["goal"] is None


async def test_a_goal_in_a_coin_that_does_not_count_is_none(served: Served) -> None:
    for body in (
        {"title": "x", "target": "1", "token": "0x" + "1" * 40},
        {"title": "x", "target": "1", "token": "gold"},
        {"title": "x", "target": "0", "token": None},
        {"title": "x", "target": str(2**70), "token": None},
        {"title": " ", "target": "1", "token": None},
    ):
        await of_miles(served, "PUT", "/channels/miles/tips/goal", body, status=422)
    reply = await served.site.call("PUT", "/channels/miles/tips/goal", {"title": "x", "target": "1"})
    assert reply.status == 401


async def test_the_overlay_shows_tips_takes_them_back_and_does_as_the_artist_says(served: Served) -> None:
    token = await overlay_token(served)
    async with OverlayPage.opened(served, token) as page:
        assert page.snapshot["channel"] == {"name": "miles", "title": "Kind of Blue"}
        assert (page.snapshot["paused"], page.snapshot["muted"], page.snapshot["goal"]) == (
            False,
            False,
            None,
        )
        await served.tip(COIN, "bravo")
        await served.node.mine()
        tip = (await page.heard("overlay_tip"))["tip"]
        assert (tip["message"], tip["amount"], tip["worth"]) == (
            "bravo",
            str(COIN),
            {"minor": 50, "currency": "USD"},
        )
        await of_miles(served, "PUT", f"/channels/miles/tips/{tip['id']}/message", {"state": "hidden"})
        assert await page.heard("overlay_message") == {
            "type": "overlay_message",
            "id": tip["id"],
            "message": "",
            "message_state": "hidden",
        }
        settings = page.snapshot["settings"] | {"sound": "cheer", "minimum": {"minor": 100}}
        changed = await of_miles(served, "PUT", OVERLAY, settings)
        assert changed == {"settings": settings, "paused": False, "muted": False, "has_token": True}
        assert (await page.heard("overlay_settings"))["settings"] == settings
        for command in ("pause", "mute", "test", "skip"):
            await of_miles(served, "POST", f"{OVERLAY}/commands", {"do": command}, status=204)
        assert await page.heard("overlay_state", 2) == {
            "type": "overlay_state",
            "paused": True,
            "muted": True,
        }
        await page.client.until(
            lambda client: [each["data"]["do"] for each in client.of_type("signal")] == ["test", "skip"]
        )
        await served.node.drop(1)
        await served.node.mine_elsewhere()
        await served.node.mine()
        assert (await page.heard("overlay_withdrawn"))["id"] == tip["id"]
        async with OverlayPage.opened(served, token) as other:
            assert other.snapshot == page.snapshot | {"settings": settings, "paused": True, "muted": True}
    assert (await of_miles(served, "GET", OVERLAY))["paused"] is True


async def test_a_new_token_ends_the_one_before_and_none_is_stored(served: Served) -> None:
    first = await overlay_token(served)
    async with OverlayPage.opened(served, first) as page:
        second = await overlay_token(served)
        closed = await page.client.until(lambda client: client.of_type("room_closed"))
        assert closed[0]["reason"] == "no_such_room"
        assert (await page.client.ask("join", room=page.room))["code"] == "no_such_room"
    async with OverlayPage.opened(served, second) as page:
        assert page.snapshot["channel"]["name"] == "miles"
        async with served.app[DATABASE].read() as session:
            stored = await session.get(TipOverlayRow, served.channel)
        assert stored is not None
        assert second.encode() not in bytes(stored.token_hash or b"")
    for stranger in ("", "x", "é", "a" * 90, first):
        async with EventClient.connected(served.site.origin) as client:
            assert (await client.ask("join", room=f"overlay/{stranger}"))["code"] == "no_such_room"


async def test_the_artist_sees_all_of_it_by_tip_by_day_and_as_a_table(served: Served) -> None:
    fan = await served.sign_in("Ada", wallet=served.node.accounts[1])
    await served.tip(3 * COIN // 2, '=HYPERLINK("http://x")')
    await served.tip(2 * COIN, 'two, with "quotes"\nand a line', sender=2)
    await served.node.mine()
    await served.tip(COIN, "dropped")
    await served.node.mine()
    async with served.viewer() as viewer:
        await viewer.client.until(
            lambda _: len(viewer.snapshot["recent"]) + len(viewer.events("tip_seen")) >= 3
        )
        await served.node.drop(1)
        await served.node.mine_elsewhere()
        await served.node.mine(2)
        await viewer.heard("tip_withdrawn")
        await viewer.heard("tip_confirmed", 2)
    history = await of_miles(served, "GET", "/channels/miles/tips/history?limit=2")
    assert [tip["state"] for tip in history["tips"]] == ["orphaned", "confirmed"]
    assert history["tips"][0]["fee"] == "0"
    rest = await of_miles(served, "GET", f"/channels/miles/tips/history?before={history['next']}")
    assert [tip["amount"] for tip in rest["tips"]] == [str(3 * COIN // 2)]
    assert rest["next"] is None
    (day,) = (await of_miles(served, "GET", "/channels/miles/tips/days"))["days"]
    assert (day["tips"], day["worth"]) == (2, {"minor": 175, "currency": "USD"})
    assert [(each["symbol"], each["amount"]) for each in day["amounts"]] == [("CORE", str(7 * COIN // 2))]
    assert (await of_miles(served, "GET", "/channels/miles/tips/days?until=2020-01-01"))["days"] == []
    rows = await table(served, served.miles, "/channels/miles/tips/history.csv")
    assert [row["amount"] for row in rows] == ["1", "2", "1.5"]
    assert rows[2]["message"] == '\'=HYPERLINK("http://x")'
    assert rows[2]["from"] == "Ada"
    for path in ("history", "history.csv", "days"):
        assert (await served.site.call("GET", f"/channels/miles/tips/{path}")).status == 401
        assert (await fan.call("GET", f"/channels/miles/tips/{path}")).status == 403

    mine = (await fan.call("GET", "/me/tips")).body
    assert [(tip["state"], tip["channel"]) for tip in mine["tips"]] == [
        ("orphaned", "miles"),
        ("confirmed", "miles"),
    ]
    assert [row["coin"] for row in await table(served, fan, "/me/tips.csv")] == ["CORE", "CORE"]


async def test_who_leaves_takes_their_name_from_their_tips(served: Served) -> None:
    fan = await served.sign_in("Ada", wallet=served.node.accounts[1])
    await served.tip(COIN, "bravo")
    await served.node.mine()
    async with served.viewer() as viewer:
        await viewer.client.until(lambda _: viewer.snapshot["recent"] or viewer.events("tip_seen"))
        registry = served.site.accounts.personal_data
        export = await registry.export(fan.user["id"])
        assert [tip["message"] for tip in export["tips"]["given"]] == ["bravo"]  # type: ignore[attr-defined]
        await registry.forget(fan.user["id"])
        await viewer.heard("tip_forgotten")
        shown = await served.fresh()
        assert shown["recent"][0]["from"]["user"] is None
        assert "Ada" not in str(shown)


async def test_who_left_while_no_tips_were_taken_is_forgotten_later(served: Served) -> None:
    fan = await served.sign_in("Ada", wallet=served.node.accounts[1])
    await served.tip(COIN)
    await served.node.mine()
    async with served.viewer() as viewer:
        await viewer.client.until(lambda _: viewer.snapshot["recent"] or viewer.events("tip_seen"))
    await of_miles(served, "PUT", OVERLAY, {"sound": "none"})
    async with served.app[DATABASE].write() as session:
        await session.execute(
            update(UserRow).where(UserRow.id == fan.user["id"]).values(deleted_at=utc_now())
        )
        await session.execute(delete(ChannelRow).where(ChannelRow.name == "miles"))
    tipping, catalog = served.app[TIPPING], served.app[CATALOG]
    database = served.app[DATABASE]
    served.clock.ahead = timedelta(minutes=1)
    catalog.channels.changed(ChannelName("miles"))
    await TipRetention(database, catalog.channels, catalog.people, tipping.personal_data).clean()
    async with database.read() as session:
        assert await stage_repository.people(session, "", 10) == []
        assert await session.get(TipOverlayRow, served.channel) is None
