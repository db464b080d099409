"""Channels that belong to people, over real HTTP."""

import pytest
from aiohttp import ClientResponse

from catalog.app_keys import Catalog
from tests.accounts.conftest import Person, Site, Time
from tests.catalog.conftest import Client, SignIn
from tests.catalog.live import Stage

WALLET = "0x52908400098527886E0F7030069857D2E4169EE7"
PROFILE = {
    "title": "So What",
    "description": "Trumpet.\r\n\r\nModal jazz.  ",
    "links": [{"label": " My  records ", "url": "https://miles.example.org/records?a=1#b"}],
}


async def test_who_creates_a_channel_owns_it_and_is_an_artist(site: Site, miles: Person) -> None:
    reply = await miles.call("POST", "/channels", {"name": "miles", "title": "Kind of Blue"})
    assert reply.status == 201
    channel = reply.body["channel"]
    assert (channel["name"], channel["title"]) == ("miles", "Kind of Blue")
    assert channel["owner"] == {"id": miles.user["id"], "display_name": "Miles"}
    assert channel["followed"] is False
    assert (await miles.call("GET", "/me")).body["user"]["role"] == "artist"
    anyone = await site.call("GET", "/channels/miles")
    assert anyone.body == channel | {"followed": None}
    assert "stream_key" not in anyone.body


async def test_the_key_of_a_new_channel_publishes(client: Client, miles_key: str) -> None:
    refused = await _offer(client, "miles", "wrong")
    assert refused.status == 403
    # 422: the key is right, the offer is not one.
    assert (await _offer(client, "miles", miles_key)).status in (400, 422)


async def test_a_person_has_so_many_channels_and_no_more(miles: Person, fan: Person) -> None:
    statuses = [(await miles.call("POST", "/channels", {"name": f"c{n}"})).status for n in range(4)]
    assert statuses == [201, 201, 201, 409]
    assert (await fan.call("POST", "/channels", {"name": "fan"})).status == 201
    assert (await miles.call("DELETE", "/channels/c0")).status == 204
    assert (await miles.call("POST", "/channels", {"name": "c4"})).status == 201


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": "Miles"}, "channel-name-invalid"),
        ({"name": "studio"}, "channel-name-invalid"),
        ({"name": "taken"}, "channel-exists"),
        ({"name": "free", "title": ""}, "channel-title-invalid"),
        ({"title": "x"}, "body-invalid"),
    ],
)
async def test_what_cannot_be_a_channel_is_not_created(
    catalog: Catalog, miles: Person, body: dict[str, str], problem: str
) -> None:
    await catalog.channels.add("taken")
    reply = await miles.call("POST", "/channels", body)
    assert reply.problem == problem
    assert (await miles.call("GET", "/me")).body["user"]["role"] == "user"


async def test_the_owner_tells_of_themselves(site: Site, miles: Person, miles_key: str) -> None:
    reply = await miles.call("PATCH", "/channels/miles", PROFILE)
    assert reply.status == 200
    seen = (await site.call("GET", "/channels/miles")).body
    assert seen["title"] == "So What"
    assert seen["description"] == "Trumpet.\n\nModal jazz."
    assert seen["links"] == [{"label": "My records", "url": "https://miles.example.org/records?a=1#b"}]
    again = await miles.call("PATCH", "/channels/miles", {"links": []})
    assert (again.body["links"], again.body["title"]) == ([], "So What")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"links": [{"label": "x", "url": "http://example.org"}]}, "channel-links-invalid"),
        ({"description": "\x00"}, "channel-description-invalid"),
        ({"name": "whip"}, "channel-name-invalid"),
        ({"name": "taken"}, "channel-exists"),
        ({"picture": "x"}, "body-invalid"),
    ],
)
async def test_a_change_is_made_whole_or_not_at_all(
    site: Site,
    catalog: Catalog,
    miles: Person,
    miles_key: str,
    change: dict[str, object],
    problem: str,
) -> None:
    await catalog.channels.add("taken")
    reply = await miles.call("PATCH", "/channels/miles", {"title": "Other", **change})
    assert reply.problem == problem
    assert (await site.call("GET", "/channels/miles")).body["title"] == "Kind of Blue"


async def test_a_stream_key_changes_the_title_and_nothing_else(site: Site, miles_key: str) -> None:
    assert (await site.call("PATCH", "/channels/miles", {"title": "Live"}, token=miles_key)).status == 200
    changes: list[dict[str, object]] = [{"name": "other"}, {"description": "x"}, {"title": "x", "links": []}]
    for change in changes:
        reply = await site.call("PATCH", "/channels/miles", change, token=miles_key)
        assert (reply.status, reply.problem) == (403, "not-allowed")
    assert (await site.call("GET", "/channels/miles")).body["title"] == "Live"


async def test_a_former_name_leads_to_the_present_one_everywhere(
    client: Client, site: Site, miles: Person, miles_key: str, clock: Time
) -> None:
    assert (await miles.call("PATCH", "/channels/miles", {"name": "davis"})).body["name"] == "davis"
    for path, expected in {
        "/api/v1/channels/miles": "/api/v1/channels/davis",
        "/api/v1/channels/miles/events": "/api/v1/channels/davis/events",
        "/api/v1/channels/miles/broadcasts?limit=7": "/api/v1/channels/davis/broadcasts?limit=7",
        "/miles?from=poster": "/davis?from=poster",
    }.items():
        response = await client.get(path, allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (308, expected)
        assert response.headers["Cache-Control"] == "no-store"
    whip = await _offer(client, "miles", miles_key)
    assert (whip.status, whip.headers["Location"]) == (308, "/whip/davis")
    # A client that follows redirects notices nothing.
    assert (await site.call("GET", "/channels/miles")).body["name"] == "davis"
    changed = await miles.call("PATCH", "/channels/miles", {"title": "By the old name"})
    assert changed.body["title"] == "By the old name"

    clock.pass_(days=90)
    assert (await client.get("/api/v1/channels/miles", allow_redirects=False)).status == 404


async def test_a_former_name_is_not_taken_by_others(miles: Person, miles_key: str, fan: Person) -> None:
    await miles.call("PATCH", "/channels/miles", {"name": "davis"})
    assert (await fan.call("POST", "/channels", {"name": "miles"})).problem == "channel-exists"
    assert (await miles.call("PATCH", "/channels/davis", {"name": "miles"})).status == 200
    assert (await fan.call("POST", "/channels", {"name": "davis"})).problem == "channel-exists"


async def test_a_channel_is_not_renamed_while_it_is_live(miles: Person, miles_key: str, stage: Stage) -> None:
    stage.go_live("miles")
    assert (await miles.call("PATCH", "/channels/miles", {"name": "davis"})).problem == "channel-live"
    assert (await miles.call("PATCH", "/channels/miles", {"name": "miles"})).status == 200
    stage.end("miles")
    assert (await miles.call("PATCH", "/channels/miles", {"name": "davis"})).status == 200


async def test_a_deleted_channel_is_gone_and_its_name_is_nobodys(
    site: Site, miles: Person, miles_key: str, fan: Person, clock: Time
) -> None:
    assert (await miles.call("DELETE", "/channels/miles")).status == 204
    assert (await site.call("GET", "/channels/miles")).status == 404
    assert (await fan.call("POST", "/channels", {"name": "miles"})).problem == "channel-exists"
    clock.pass_(days=90)
    fan = await site.sign_in("fan@example.org")
    assert (await fan.call("POST", "/channels", {"name": "miles"})).status == 201


async def test_a_replaced_key_is_shown_once_and_the_old_one_refused(
    client: Client, site: Site, miles: Person, miles_key: str
) -> None:
    reply = await miles.call("POST", "/channels/miles/stream-key")
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    new = reply.body["stream_key"]
    assert new != miles_key
    assert (await _offer(client, "miles", miles_key)).status == 403
    assert (await _offer(client, "miles", new)).status in (400, 422)
    refused = await site.call("PATCH", "/channels/miles", {"title": "x"}, token=miles_key)
    assert refused.problem == "stream-key-rejected"
    entries = await site.accounts.audit.newest_first(None, 1)
    assert (entries[0].action, entries[0].actor) == ("channel.stream_key_rotated", miles.user["id"])
    assert new not in repr(entries)


async def test_tips_go_where_the_owner_says(site: Site, miles: Person, miles_key: str) -> None:
    path = "/channels/miles/payout-wallet"
    reply = await miles.call("PUT", path, {"address": WALLET.lower()})
    assert reply.body["payout_wallet"] == WALLET
    assert (await site.call("GET", "/channels/miles")).body["payout_wallet"] == WALLET
    mistyped = WALLET.replace("E", "e", 1)
    assert (await miles.call("PUT", path, {"address": mistyped})).problem == "payout-wallet-invalid"
    assert (await miles.call("DELETE", path)).body["payout_wallet"] is None
    actions = [entry.action for entry in await site.accounts.audit.newest_first(None, 2)]
    assert actions == ["channel.payout_wallet_changed"] * 2


async def test_events_of_a_renamed_channel_end_so_that_listeners_come_again(
    client: Client, miles: Person, miles_key: str
) -> None:
    async with client.get("/api/v1/channels/miles/events") as response:
        await response.content.readuntil(b"\n\n")
        await miles.call("PATCH", "/channels/miles", {"name": "davis"})
        rest = await response.read()
    assert b"event:" not in rest[rest.find(b"\n\n") + 2 :]
    async with client.get("/api/v1/channels/miles/events") as response:
        assert response.url.path == "/api/v1/channels/davis/events"


async def test_the_owners_new_name_is_shown_before_long(
    site: Site, catalog: Catalog, miles: Person, miles_key: str
) -> None:
    assert (await miles.call("PATCH", "/me", {"display_name": "Miles Dewey"})).status == 200
    catalog.presenter._monotonic = lambda: float("inf")
    owner = (await site.call("GET", "/channels/miles")).body["owner"]
    assert owner["display_name"] == "Miles Dewey"


async def test_who_leaves_takes_their_channels_along(
    site: Site, miles: Person, miles_key: str, fan: Person
) -> None:
    await fan.call("PUT", "/channels/miles/follow")
    await fan.call("POST", "/channels", {"name": "fan-radio"})
    await miles.call("PUT", "/channels/fan-radio/follow")
    await miles.call("POST", "/channels/miles/moderators", {"user": "Fan"})

    exported = (await miles.call("GET", "/me/export")).body["catalog"]
    assert [each["name"] for each in exported["channels"]] == ["miles"]
    assert [each["channel"] for each in exported["following"]] == ["fan-radio"]
    assert (await fan.call("GET", "/me/export")).body["catalog"]["moderates"] == ["miles"]
    assert miles_key not in repr(exported)

    deleted = await miles.call("DELETE", "/me")
    assert deleted.status == 204, deleted.body
    assert (await site.call("GET", "/channels/miles")).status == 404
    assert (await site.call("GET", "/channels/fan-radio")).body["followers"] == 0
    assert (await fan.call("GET", "/me/following")).body["items"] == []
    assert (await fan.call("POST", "/channels", {"name": "miles"})).problem == "channel-exists"


async def test_a_name_nobody_had_is_not_found(client: Client, sign_in: SignIn) -> None:
    assert (await client.get("/nobody", allow_redirects=False)).status in (404, 503)


async def _offer(client: Client, channel: str, key: str) -> ClientResponse:
    return await client.post(
        f"/whip/{channel}",
        data=b"v=0\r\n",
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/sdp"},
        allow_redirects=False,
    )
