"""Followers and moderators over real HTTP."""

from accounts.identity import UserId
from catalog.app_keys import Catalog
from tests.accounts.conftest import Person, Site
from tests.catalog.conftest import Client, SignIn
from tests.catalog.live import Broadcast, Stage


async def test_following_shows_on_the_channel(site: Site, fan: Person, miles_key: str) -> None:
    for _ in range(2):
        reply = await fan.call("PUT", "/channels/miles/follow")
        assert (reply.status, reply.body["followers"], reply.body["followed"]) == (200, 1, True)
    assert (await fan.call("GET", "/channels/miles")).body["followed"] is True
    assert (await site.call("GET", "/channels/miles")).body["followed"] is None
    for _ in range(2):
        reply = await fan.call("DELETE", "/channels/miles/follow")
        assert (reply.status, reply.body["followers"], reply.body["followed"]) == (200, 0, False)


async def test_the_list_has_live_channels_one_follows_on_top(
    site: Site, catalog: Catalog, fan: Person, stage: Stage
) -> None:
    for name in ("a", "b", "c", "d"):
        await catalog.channels.add(name)
    stage.go_live("a", Broadcast(viewers=100))
    stage.go_live("b", Broadcast(viewers=1))
    for name in ("b", "d"):
        await fan.call("PUT", f"/channels/{name}/follow")

    def shown(reply: object) -> list[tuple[str, bool | None]]:
        return [(each["name"], each["followed"]) for each in reply.body["channels"]]  # type: ignore[attr-defined]

    everyone = await site.call("GET", "/channels")
    assert shown(everyone) == [("a", None), ("b", None), ("c", None), ("d", None)]
    theirs = await fan.call("GET", "/channels")
    assert shown(theirs) == [("b", True), ("a", False), ("c", False), ("d", True)]
    assert theirs.headers["ETag"] != everyone.headers["ETag"]
    followed = await fan.call("GET", "/channels?followed=1")
    assert shown(followed) == [("b", True), ("d", True)]
    assert (await site.call("GET", "/channels?followed=1")).problem == "not-signed-in"


async def test_following_comes_in_pages_live_first(catalog: Catalog, fan: Person, stage: Stage) -> None:
    for name in ("a", "b", "c"):
        await catalog.channels.add(name)
        await fan.call("PUT", f"/channels/{name}/follow")
    stage.go_live("a")
    names, cursor = [], ""
    for _ in range(3):
        page = (await fan.call("GET", f"/me/following?limit=1{cursor}")).body
        names += [(each["channel"]["name"], each["channel"]["live"]) for each in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert names == [("a", True), ("c", False), ("b", False)]
    assert page["next_cursor"] is None
    assert page["items"][0]["followed_at"].endswith("Z")


async def test_a_cursor_of_another_list_is_refused(fan: Person) -> None:
    assert (await fan.call("GET", "/me/following?cursor=bm9uc2Vuc2U")).problem == "cursor-invalid"


async def test_the_owner_names_moderators_by_name_or_id(
    catalog: Catalog, miles: Person, miles_key: str, fan: Person, sign_in: SignIn
) -> None:
    path = "/channels/miles/moderators"
    other = await sign_in("Other")
    by_name = await miles.call("POST", path, {"user": "Fan"})
    assert (by_name.status, by_name.body["id"]) == (200, fan.user["id"])
    assert (await miles.call("POST", path, {"user": fan.user["id"]})).body == by_name.body
    assert (await miles.call("POST", path, {"user": other.user["id"]})).body["display_name"] == "Other"
    listed = (await miles.call("GET", path)).body["items"]
    assert {each["display_name"] for each in listed} == {"Fan", "Other"}
    subject = await catalog.moderators.channel_subject("miles", UserId(fan.user["id"]))
    assert (subject.owner_id, subject.moderated_by_caller) == (miles.user["id"], True)

    for _ in range(2):
        assert (await miles.call("DELETE", f"{path}/{fan.user['id']}")).status == 204
    subject = await catalog.moderators.channel_subject("miles", UserId(fan.user["id"]))
    assert subject.moderated_by_caller is False


async def test_who_is_meant_has_to_be_clear(site: Site, miles: Person, miles_key: str, fan: Person) -> None:
    path = "/channels/miles/moderators"
    nobody = await miles.call("POST", path, {"user": "Nobody"})
    assert (nobody.problem, nobody.status) == ("user-unknown", 422)
    await site.accounts.people.add("fan2@example.org", "another long password 7", actor="cli", name="Fan")
    two = await miles.call("POST", path, {"user": "Fan"})
    assert two.problem == "user-unknown"
    assert "by their id" in two.body["detail"]
    assert (await miles.call("POST", path, {"user": fan.user["id"]})).status == 200


async def test_naming_moderators_is_written_down(
    site: Site, miles: Person, miles_key: str, fan: Person
) -> None:
    path = "/channels/miles/moderators"
    for _ in range(2):
        await miles.call("POST", path, {"user": "Fan"})
    for _ in range(2):
        await miles.call("DELETE", f"{path}/{fan.user['id']}")
    entries = await site.accounts.audit.newest_first(None, 2)
    assert [entry.action for entry in entries] == ["channel.moderator_removed", "channel.moderator_named"]
    assert {entry.subject for entry in entries} == {fan.user["id"]}


async def test_a_follow_is_news_to_who_watches_the_channel(
    client: Client, fan: Person, miles_key: str
) -> None:
    async with client.get("/api/v1/channels/miles/events") as response:
        await response.content.readuntil(b"data: ")
        await response.content.readuntil(b"\n\n")
        await fan.call("PUT", "/channels/miles/follow")
        news = await response.content.readuntil(b"\n\n")
    assert b'"followers":1' in news
    assert b'"followed":null' in news
