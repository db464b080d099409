"""The channels somebody owns or moderates, over HTTP."""

from tests.accounts.conftest import Person, Site
from tests.catalog.conftest import SignIn


async def listed(person: Person, query: str = "") -> list[tuple[str, str]]:
    reply = await person.call("GET", f"/me/channels{query}")
    assert reply.status == 200, reply.body
    return [(each["channel"]["name"], each["role"]) for each in reply.body["items"]]


async def test_ones_own_come_first_and_then_those_one_moderates(miles: Person, fan: Person) -> None:
    for name in ("b", "a"):
        await miles.call("POST", "/channels", {"name": name})
    for name in ("d", "c"):
        await fan.call("POST", "/channels", {"name": name})
        await fan.call("POST", f"/channels/{name}/moderators", {"user": miles.user["id"]})
    # Naming oneself changes nothing.
    await miles.call("POST", "/channels/a/moderators", {"user": miles.user["id"]})
    expected = [("a", "owner"), ("b", "owner"), ("c", "moderator"), ("d", "moderator")]
    assert await listed(miles) == expected
    assert await listed(fan) == [("c", "owner"), ("d", "owner")]
    pages, cursor = [], ""
    while True:
        reply = await miles.call("GET", f"/me/channels?limit=1{cursor}")
        pages += [each["channel"]["name"] for each in reply.body["items"]]
        if reply.body["next_cursor"] is None:
            break
        cursor = f"&cursor={reply.body['next_cursor']}"
    assert pages == [name for name, _ in expected]


async def test_a_listed_channel_is_told_of_as_anywhere(site: Site, miles: Person, miles_key: str) -> None:
    await miles.call("PUT", "/channels/miles/follow")
    item = (await miles.call("GET", "/me/channels")).body["items"][0]
    assert item["channel"] == (await miles.call("GET", "/channels/miles")).body
    assert item["channel"]["followed"] is True


async def test_who_has_none_is_told_so(sign_in: SignIn) -> None:
    assert await listed(await sign_in("Nobody")) == []


async def test_who_was_dismissed_is_no_moderator(miles: Person, miles_key: str, fan: Person) -> None:
    await miles.call("POST", "/channels/miles/moderators", {"user": fan.user["id"]})
    assert await listed(fan) == [("miles", "moderator")]
    await miles.call("DELETE", f"/channels/miles/moderators/{fan.user['id']}")
    assert await listed(fan) == []
