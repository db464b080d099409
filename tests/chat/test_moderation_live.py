"""Moderating a room over the real event socket and HTTP: effects reach everyone at once, history and replay too."""

import pytest

from accounts.identity import Role
from tests.accounts.conftest import Person, Site, Time
from tests.chat.conftest import Connect, SignIn
from tests.signaling.gateway.client import EventClient


async def texts_of(site: Site) -> list[str]:
    reply = await site.call("GET", "/channels/miles/chat/messages")
    return [each["text"] for each in reply.body["messages"]]


async def test_who_is_timed_out_is_silent_for_a_while_and_their_lines_are_gone(
    connect: Connect, site: Site, fan: Person, bill: Person, clock: Time
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer, connect(fan, room="me") as notices:
        await viewer.say("spam")
        await moderator.say("mine stays")
        await moderator.do("time_out", user=fan.user["id"], duration_s=60, reason="spam")
        cleared = await viewer.heard("cleared")
        assert cleared["user"] == fan.user["id"]
        await viewer.told(lambda you: you["refusal"] is not None)
        assert viewer.you["refusal"]["code"] == "timed_out"
        assert viewer.you["may"]["say"] is False
        answer = await viewer.ask("say", **viewer.fields("more spam"))
        assert (answer["code"], answer["retry_after_ms"]) == ("timed_out", 60_000)
        assert await viewer.refused("react", message="0" * 20, emoji="👏") == "timed_out"
        notice = await notices.heard("restricted")
        assert (notice["channel"], notice["kind"], notice["reason"]) == ("miles", "timeout", "spam")
        assert await texts_of(site) == ["mine stays"]
        async with connect(fan) as again:
            assert [each["text"] for each in again.snapshot["messages"]] == ["mine stays"]
            assert again.you["refusal"]["code"] == "timed_out"
        clock.pass_(seconds=61)
        assert (await viewer.say("sorry"))["text"] == "sorry"


async def test_who_is_banned_stays_so_until_somebody_lifts_it(
    connect: Connect, fan: Person, bill: Person, clock: Time
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer, connect(fan, room="me") as notices:
        await moderator.do("ban", user=fan.user["id"])
        assert await viewer.cannot_say("hello") == "banned"
        clock.pass_(minutes=5)
        assert await viewer.cannot_say("hello") == "banned"
        await moderator.do("unban", user=fan.user["id"])
        await notices.heard("released")
        await viewer.told(lambda you: you["refusal"] is None)
        assert (await viewer.say("hello"))["text"] == "hello"


async def test_a_banned_address_may_be_shut_out_from_reading_as_well(
    connect: Connect, bill: Person, miles: Person, fan: Person, site: Site
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer, connect() as reader:
        await viewer.say("goodbye")
        await moderator.do("ban", user=fan.user["id"], shut_out=True)
        assert await viewer.client.closed() == await reader.client.closed() == 4503
        async with EventClient.connected(site.origin) as client:
            await client.send({"type": "join", "id": 1, "room": "miles"})
            assert await client.closed() == 4503
        assert (await fan.call("GET", "/channels/miles/chat/messages")).status == 403
        assert (await bill.call("GET", "/channels/miles/chat/messages")).status == 200
        laid = (await bill.call("GET", "/channels/miles/chat/restrictions")).body["restrictions"]
        assert [each["shut_out"] for each in laid if each["network"]] == [True]
        # Those who moderate come from the same network, and stay.
        await moderator.do("unban", user=fan.user["id"])
        async with connect(fan) as viewer:
            assert (await viewer.say("thanks"))["text"] == "thanks"


async def test_an_address_range_is_banned_for_a_while(
    connect: Connect, sign_in: SignIn, miles: Person, fan: Person, bill: Person, clock: Time
) -> None:
    neighbour = await sign_in("Neighbour")
    async with (
        connect(bill) as moderator,
        connect(fan) as viewer,
        connect(neighbour) as other,
        connect(miles) as artist,
    ):
        await viewer.say("from here")
        result = await moderator.do("ban", user=fan.user["id"], address=True, duration_s=60)
        assert result == {"network": "127.0.0.0/24"}
        assert await viewer.cannot_say("me") == "banned"
        assert await other.cannot_say("me too?") == "banned"
        # Whoever owns the room comes from the same network, and is not bound.
        await artist.say("I may")
        clock.pass_(seconds=61)
        await other.say("free again")
        await moderator.do("ban", user=fan.user["id"], address=True)
        assert await other.cannot_say("me too, again?") == "banned"
        await moderator.do("unban", user=fan.user["id"])
        await viewer.say("now I am free")
        await other.say("and so am I")


async def test_nobody_acts_on_the_owner_or_an_admin(
    connect: Connect, sign_in: SignIn, miles: Person, fan: Person, bill: Person
) -> None:
    admin = await sign_in("Teo", Role.ADMIN)
    async with (
        connect(bill) as moderator,
        connect(miles) as artist,
        connect(admin) as operator,
        connect(fan) as viewer,
    ):
        line = await artist.say("my stage")
        for target in (miles, admin):
            user = target.user["id"]
            assert await moderator.refused("time_out", user=user, duration_s=60) == "not_allowed"
            for command in ("ban", "clear"):
                assert await moderator.refused(command, user=user) == "not_allowed"
        assert await moderator.refused("delete", message=line["id"]) == "not_allowed"
        assert await operator.refused("ban", user=miles.user["id"]) == "not_allowed"
        assert await artist.refused("ban", user=admin.user["id"]) == "not_allowed"
        assert await moderator.refused("ban", user=bill.user["id"]) == "not_allowed"
        assert await moderator.refused("ban", user="nobody") == "no_such_user"
        for command in ("ban", "unban", "clear"):
            assert await viewer.refused(command, user=bill.user["id"]) == "not_allowed"
        assert await viewer.refused("change_settings", slow_mode_s=5) == "not_allowed"
        assert await viewer.refused("pin", message=line["id"]) == "not_allowed"
        assert await viewer.refused("announce", **viewer.fields("hear me")) == "not_allowed"
        assert await moderator.refused("change_settings", guests=True) == "not_allowed"
        # The owner restricts moderators.
        await artist.do("time_out", user=bill.user["id"], duration_s=60)
        assert await moderator.cannot_say("why?") == "timed_out"


async def test_a_line_is_deleted_for_everyone_by_its_author_or_a_moderator(
    connect: Connect, site: Site, fan: Person, bill: Person, miles: Person
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer, connect() as reader:
        own, other = await viewer.say("mine"), await viewer.say("rude")
        await moderator.say("what?", reply_to=other["id"])
        assert await reader.refused("delete", message=own["id"]) == "not_signed_in"
        await viewer.do("delete", message=own["id"])
        assert (await reader.heard("deleted"))["by"] == "author"
        await moderator.do("delete", message=other["id"])
        assert (await reader.heard("deleted", lambda each: each["by"] == "moderator"))["ids"] == [other["id"]]
        assert await viewer.refused("delete", message=own["id"]) == "no_such_message"
        assert await texts_of(site) == ["what?"]
        async with connect() as late:
            # What it quoted is gone as well.
            assert [each["reply_to"] for each in late.snapshot["messages"]] == [None]
    log = (await miles.call("GET", "/channels/miles/chat/log")).body["entries"]
    assert [(each["action"], each["user"]["name"], each["by"]["name"]) for each in log] == [
        ("delete", "Fan", "Bill Evans")
    ]


async def test_a_room_is_cleared(connect: Connect, site: Site, fan: Person, bill: Person) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await viewer.say("one")
        await moderator.say("two")
        await moderator.do("clear", user=None)
        assert (await viewer.heard("cleared"))["user"] is None
        await viewer.say("three")
        assert await texts_of(site) == ["three"]


OFF: dict[object, object] = {True: False, 30: 0, 600: None, "block": "allow"}
SETTINGS_CASES = [
    ({"slow_mode_s": 30}, "again", "slow_mode"),
    ({"followers_only_s": 600}, "hello", "followers_only"),
    ({"supporters_only": True}, "hello", "supporters_only"),
    ({"emote_only": True}, "words", "emote_only"),
    ({"unique_messages": True}, "FIRST!", "not_unique"),
    ({"links": "block"}, "see example.com/x", "links_blocked"),
]


@pytest.mark.parametrize(("settings", "text", "code"), SETTINGS_CASES)
async def test_settings_hold_from_the_moment_they_are_made(
    connect: Connect,
    site: Site,
    fan: Person,
    bill: Person,
    settings: dict[str, object],
    text: str,
    code: str,
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await viewer.say("first")
        result = await moderator.do("change_settings", **settings)
        assert settings.items() <= result["settings"].items()
        assert (await viewer.heard("settings"))["settings"] == result["settings"]
        assert await viewer.cannot_say(text) == code
        await moderator.say(text)  # moderators are not bound
        assert await viewer.cannot_say("") in ("empty", code)
        off = {name: OFF[value] for name, value in settings.items()}
        await moderator.do("change_settings", **off)
        await viewer.heard("settings", lambda each: each["settings"] != result["settings"])
        await viewer.say(f"{text} now")


async def test_slow_mode_counts_down_for_the_one_who_wrote(
    connect: Connect, fan: Person, bill: Person, clock: Time
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await moderator.do("change_settings", slow_mode_s=30)
        await viewer.heard("settings")
        said = await viewer.say("first")
        await viewer.told(lambda you: you["say_again_at_ms"] == said["at_ms"] + 30_000)
        clock.pass_(seconds=10)
        answer = await viewer.ask("say", **viewer.fields("second"))
        assert (answer["code"], answer["retry_after_ms"]) == ("slow_mode", 20_000)
        clock.pass_(seconds=20)
        await viewer.say("second")


async def test_following_opens_a_room_for_followers_at_once_or_after_a_while(
    connect: Connect, fan: Person, bill: Person, clock: Time
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await moderator.do("change_settings", followers_only_s=0)
        assert await viewer.cannot_say("hello") == "followers_only"
        await fan.call("PUT", "/channels/miles/follow")
        await viewer.say("hello")
        await moderator.do("change_settings", followers_only_s=600)
        answer = await viewer.ask("say", **viewer.fields("hello again"))
        assert (answer["code"], answer["retry_after_ms"]) == ("followers_only", 600_000)
        await moderator.do("change_settings", followers_only_s=60)
        clock.pass_(seconds=60)
        await viewer.say("hello again")


async def test_what_is_held_is_shown_when_approved_and_never_when_denied(
    connect: Connect, site: Site, fan: Person, bill: Person, miles: Person
) -> None:
    async with (
        connect(bill) as moderator,
        connect(bill, room="miles/moderators") as desk,
        connect(fan) as viewer,
        connect() as reader,
    ):
        await moderator.do("change_settings", links="hold")
        await viewer.heard("settings")
        fields = viewer.fields("see https://example.org/one")
        assert await viewer.do("say", **fields) == {"held": True}
        assert await viewer.do("say", **fields) == {"held": True}
        assert await viewer.say("see https://example.org/two") == {"held": True}
        held = await desk.heard("held")
        assert held["reason"] == "link"
        second = await desk.heard("held", lambda each: "two" in each["message"]["text"])
        assert await texts_of(site) == []
        async with connect(miles, room="miles/moderators") as late:
            shown = late.joined["snapshot"]
            assert [each["message"] for each in shown["held"]] == [held["message"], second["message"]]
        await desk.do("decide", message=held["message"]["id"], approve=True)
        await desk.do("decide", message=second["message"]["id"], approve=False)
        assert (await reader.heard("said"))["message"] == held["message"]
        assert (await desk.heard("decided", lambda each: not each["approved"]))["by"]["name"] == "Bill Evans"
        assert (
            await desk.refused("decide", message=second["message"]["id"], approve=True) == "no_such_message"
        )
        assert await viewer.refused("decide", message=held["message"]["id"], approve=True) == "not_allowed"
        assert await texts_of(site) == ["see https://example.org/one"]
        async with connect(bill, room="miles/moderators") as again:
            assert again.joined["snapshot"]["held"] == []


async def test_blocked_terms_are_found_however_they_are_disguised(
    connect: Connect, fan: Person, bill: Person
) -> None:
    terms = {"terms": [{"term": "jerk"}, {"term": "hmm*", "action": "hold"}]}
    reply = await bill.call("PUT", "/channels/miles/chat/blocked-terms", terms)
    assert reply.status == 200, reply.body
    assert reply.body["terms"] == [{"term": "hmm*", "action": "hold"}, {"term": "jerk", "action": "block"}]
    async with connect(fan) as viewer:
        for text in ("jerk", "J E R K", "j.e.r.k", "jе\u200brk", "ＪＥＲＫ", "jjjeeerrrk!", "j3rk"):
            assert await viewer.cannot_say(text) == "blocked_term", text
        assert await viewer.say("hmmmm") == {"held": True}
        await viewer.say("jerky")
        more = {"terms": [{"term": "jerky"}]}
        assert (await bill.call("PUT", "/channels/miles/chat/blocked-terms", more)).status == 200
        assert await viewer.cannot_say("jerky") == "blocked_term"
        await viewer.say("jerk")
    assert (await fan.call("GET", "/channels/miles/chat/blocked-terms")).status == 403


async def test_a_line_is_pinned_until_it_is_deleted(connect: Connect, fan: Person, bill: Person) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        line = await moderator.say("buy the record")
        await moderator.do("pin", message=line["id"])
        assert (await viewer.heard("pinned"))["message"] == line
        async with connect() as late:
            assert late.snapshot["pinned"] == line
        await moderator.do("delete", message=line["id"])
        async with connect() as late:
            assert late.snapshot["pinned"] is None
        assert await moderator.refused("pin", message=line["id"]) == "no_such_message"


async def test_moderators_see_who_is_there_write_notes_and_search(
    connect: Connect, sign_in: SignIn, fan: Person, bill: Person
) -> None:
    async with connect(fan) as viewer, connect(bill, room="miles/moderators") as desk:
        rude = await viewer.say("something RUDE indeed")
        await viewer.say("100%")
        await desk.client.until(
            lambda each: [one for one in each.of_type("signal") if one["data"]["type"] == "chatters"]
        )
        assert (await bill.call("GET", "/channels/miles/chat/chatters")).body == {
            "count": 1,
            "chatters": [{"id": fan.user["id"], "name": "Fan", "badges": []}],
        }
        note = await desk.do("note", user=fan.user["id"], text="keep an eye on them")
        assert (await desk.heard("note"))["note"] == note["note"]
        added = await bill.call(
            "POST", f"/channels/miles/chat/users/{fan.user['id']}/notes", {"text": "again"}
        )
        assert added.status == 201, added.body
        notes = (await bill.call("GET", f"/channels/miles/chat/users/{fan.user['id']}/notes")).body["notes"]
        assert [each["text"] for each in notes] == ["again", "keep an eye on them"]
        await desk.do("delete", message=rude["id"])
        found = (await bill.call("GET", "/channels/miles/chat/search?q=rude")).body["lines"]
        assert [(each["message"]["id"], each["deleted_by"]) for each in found] == [
            (rude["id"], bill.user["id"])
        ]
        assert (
            len((await bill.call("GET", f"/channels/miles/chat/search?user={fan.user['id']}")).body["lines"])
            == 2
        )
        assert len((await bill.call("GET", "/channels/miles/chat/search?q=100%25")).body["lines"]) == 1
        assert (await bill.call("GET", "/channels/miles/chat/search")).problem == "query-invalid"
        await desk.do("time_out", user=fan.user["id"], duration_s=60)
        laid = (await bill.call("GET", "/channels/miles/chat/restrictions")).body["restrictions"]
        assert [(each["user"]["name"], each["kind"]) for each in laid] == [("Fan", "timeout")]
        for path in ("log", "restrictions", "chatters", "search?q=x", f"users/{bill.user['id']}/notes"):
            assert (await fan.call("GET", f"/channels/miles/chat/{path}")).status == 403


async def test_who_is_no_moderator_any_more_is_out_of_the_moderators_room(
    connect: Connect, miles: Person, bill: Person
) -> None:
    async with connect(bill) as moderator, connect(bill, room="miles/moderators") as desk:
        assert moderator.you["may"]["moderate"] is True
        await miles.call("DELETE", f"/channels/miles/moderators/{bill.user['id']}")
        await desk.client.until(lambda each: each.of_type("room_closed"))
        await moderator.told(lambda you: you["role"] == "user")
        assert await moderator.refused("clear", user=None) == "not_allowed"


async def test_slash_commands_do_what_the_commands_do(
    connect: Connect, sign_in: SignIn, fan: Person, bill: Person
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await viewer.say("hello")
        action = await viewer.say("/me waves")
        assert (action["kind"], action["text"]) == ("action", "waves")
        assert "/timeout" in (await viewer.say("/help"))["said"]
        assert await viewer.cannot_say("/clear") == "not_allowed"
        assert await viewer.cannot_say("/nonsense") == "malformed"
        assert (await moderator.say("/timeout Fan 2m be nice"))["said"] == "Fan is timed out for 2 minutes"
        assert await viewer.cannot_say("hello") == "timed_out"
        await moderator.say("/untimeout @fan")
        await viewer.say("thanks")
        await moderator.say("/slow 5s")
        assert (await viewer.heard("settings"))["settings"]["slow_mode_s"] == 5
        await moderator.say("/slow off")
        await moderator.say("/poll More? | yes | no | 30s")
        assert (await viewer.heard("poll"))["poll"]["question"] == "More?"
        await moderator.say("/endpoll")
        await moderator.say("/announce tonight at eight")
        line = (await viewer.heard("said", lambda each: each["message"]["kind"] == "announcement"))["message"]
        assert line["text"] == "tonight at eight"
        await moderator.say("/pin")
        assert (await viewer.heard("pinned"))["message"]["id"] == line["id"]
        await moderator.say('/ban "Fan" 1d enough')
        assert await viewer.cannot_say("hello") == "banned"
        assert await moderator.cannot_say("/ban nobody") == "no_such_user"
        await moderator.say("/clear")
        async with connect() as late:
            assert late.snapshot["messages"] == []


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "\u202eevil\u202c",
    "a" + "\u0301" * 200,
    "x\x00\x1b[31my",
    "' OR 1=1; --",
    "%s%n{0}${x}",
    "👩‍👩‍👧‍👦" * 20,
    "\ud83c\udfb5",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_text_in_every_field(
    connect: Connect, fan: Person, bill: Person, text: str
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        said = await viewer.say(text)
        assert said["text"]
        assert not any(ord(character) < 32 or "\u202a" <= character <= "\u202e" for character in said["text"])
        assert (await moderator.heard("said"))["message"] == said
        await moderator.ask("note", user=fan.user["id"], text=text)
        await moderator.ask("announce", **moderator.fields(text))
        await moderator.ask("open_poll", question=text, options=[text, "no"], duration_s=30)
        await moderator.ask("time_out", user=text[:16], duration_s=5)
        await moderator.ask("time_out", user=fan.user["id"], duration_s=5, reason=text)
        for answer in (
            await viewer.ask("react", message=said["id"], emoji=text[:16]),
            await viewer.ask("say", text=text, key=text),
            await viewer.ask("say", text=text, key="k", reply_to=text),
            await viewer.ask("vote", poll=text, option=0),
            await viewer.ask("say", text={"deep": [[[]]]}, key="k"),
            await viewer.ask("change_settings", links=text),
            await viewer.ask("say", text="x" * 4_001, key="k"),
            await viewer.ask("guest", name=text),
        ):
            assert answer["type"] == "error"
            assert answer["code"] != "internal", answer
