"""People talk in a room, over the real event socket."""

import asyncio

from accounts.identity import Role
from tests.accounts.conftest import MOMENT, Person, Site, Time
from tests.catalog.live import Broadcast, Stage
from tests.chat.conftest import Connect, SignIn
from tests.polling import eventually


async def test_two_people_talk_and_both_formats_say_the_same(
    connect: Connect, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist, connect(fan, format_="harmonie.msgpack") as viewer:
        hello = await artist.say("Hello, everyone")
        answer = await viewer.say("hello <b>Miles</b> 🎺", reply_to=hello["id"])
        assert await artist.texts(2) == await viewer.texts(2) == ["Hello, everyone", "hello <b>Miles</b> 🎺"]
        assert artist.events("said") == viewer.events("said")
        assert artist.events("said")[1]["message"] == answer
    assert hello["author"]["badges"] == ["owner"]
    assert hello["author"]["name"] == "Miles"
    assert answer["reply_to"] == {
        "id": hello["id"],
        "name": "Miles",
        "excerpt": "Hello, everyone",
        "author": miles.user["id"],
    }
    assert hello["id"] < answer["id"]


async def test_who_joins_later_sees_what_was_said(connect: Connect, fan: Person) -> None:
    async with connect(fan) as viewer:
        said = [await viewer.say(f"line {number}") for number in range(3)]
        async with connect() as late:
            assert late.snapshot["messages"] == said
            assert late.you["role"] == "anonymous"
            assert late.you["may"] == {"say": False, "moderate": False, "settings": False}
            assert late.you["refusal"]["code"] == "not_signed_in"
            assert await late.cannot_say("me too") == "not_signed_in"


async def test_the_same_key_is_the_same_line(connect: Connect, fan: Person) -> None:
    async with connect(fan) as viewer, connect() as other:
        first = await viewer.do("say", text="once", key="k1")
        again = await viewer.do("say", text="once", key="k1")
        assert first == again
        await viewer.say("twice")
        assert await other.texts(2) == ["once", "twice"]


async def test_a_line_that_was_accepted_can_be_sent_again_in_slow_mode(
    connect: Connect, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist, connect(fan) as viewer:
        await artist.do("change_settings", slow_mode_s=60)
        await viewer.heard("settings")
        first = await viewer.do("say", text="once", key="k1")
        assert await viewer.do("say", text="once", key="k1") == first
        assert await viewer.cannot_say("another") == "slow_mode"


async def test_a_line_carries_the_clock_of_its_broadcast(
    connect: Connect, site: Site, fan: Person, stage: Stage, clock: Time
) -> None:
    async with connect(fan) as viewer:
        before = await viewer.say("before")
        assert (before["broadcast"], before["clock_ms"]) == (None, None)
        stage.go_live("miles", Broadcast(started_at_s=MOMENT.timestamp()))
        clock.pass_(seconds=90)

        async def known() -> bool:
            return (await viewer.say("live"))["broadcast"] is not None

        await eventually(known)
        during = await viewer.say("during")
        assert during["clock_ms"] == 90_000
        broadcast = during["broadcast"]
        clock.pass_(seconds=10)
        later = await viewer.say("later")
        assert (later["broadcast"], later["clock_ms"]) == (broadcast, 100_000)
    path = f"/channels/miles/chat/messages?broadcast={broadcast}&from_ms=90001"
    reply = await site.call("GET", path)
    assert reply.body == {"messages": [later], "more": False}
    until = await site.call("GET", f"/channels/miles/chat/messages?broadcast={broadcast}&to_ms=90001&limit=1")
    assert until.body["more"] is False or until.body["messages"][0]["clock_ms"] == 90_000


async def test_older_lines_are_read_over_http(connect: Connect, site: Site, fan: Person) -> None:
    async with connect(fan) as viewer:
        said = [await viewer.say(f"line {number}") for number in range(5)]
    reply = await site.call("GET", f"/channels/miles/chat/messages?before={said[3]['id']}&limit=2")
    assert reply.body == {"messages": said[1:3], "more": True}
    last = await site.call("GET", "/channels/miles/chat/messages")
    assert last.body == {"messages": said, "more": False}
    assert (await site.call("GET", "/channels/nobody/chat/messages")).status == 404
    assert (await site.call("GET", "/channels/miles/chat/messages?before=x")).problem == "query-invalid"


async def test_who_is_named_or_answered_hears_of_it(
    connect: Connect, sign_in: SignIn, miles: Person, fan: Person
) -> None:
    bird = await sign_in("Charlie Parker")
    async with connect(miles) as artist, connect(fan) as viewer, connect(bird, room="me") as notices:
        line = await viewer.say("listen, @charlie parker!")
        assert line["mentions"] == []  # nobody here knows that name yet, and it is not one word
        async with connect(bird) as player:
            answered = await player.say("yes?")
            named = await viewer.say("listen, @charlie parker!")
            assert named["mentions"] == [{"id": bird.user["id"], "name": "Charlie Parker"}]
            await artist.say("to you", reply_to=answered["id"])
        assert (await notices.heard("mentioned"))["message"] == named
        await notices.heard("mentioned", lambda each: each["message"]["text"] == "to you")
        assert notices.joined["snapshot"] == {}


async def test_nobody_hears_from_whom_they_ignore(connect: Connect, miles: Person, fan: Person) -> None:
    async with connect(miles) as artist, connect(miles, room="me") as notices, connect(fan) as viewer:
        await artist.do("ignore", user=fan.user["id"])
        assert artist.you["ignored"] == [fan.user["id"]]
        await viewer.say("@Miles hello")
        await artist.do("ignore", user=fan.user["id"], on=False)
        await viewer.say("@Miles hello again")
        notice = await notices.heard("mentioned")
        assert notice["message"]["text"] == "@Miles hello again"
        assert await artist.refused("ignore", user=miles.user["id"]) == "not_allowed"


async def test_who_comes_back_knows_what_they_reacted_with(
    connect: Connect, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist, connect(fan) as viewer:
        first, second = await artist.say("one"), await artist.say("two")
        await artist.do("react", message=first["id"], emoji="🎷")
        async with connect(fan) as elsewhere:
            for emoji in ("👏", "🎺"):
                await viewer.do("react", message=first["id"], emoji=emoji)
            await viewer.do("react", message=second["id"], emoji="👏")
            await viewer.do("react", message=second["id"], emoji="👏", on=False)
            mine = {first["id"]: sorted(["👏", "🎺"])}
            assert viewer.you["reacted"] == mine
            await elsewhere.told(lambda you: you["reacted"] == mine)
    async with connect(fan) as again, connect() as anonymous, connect(miles, room="miles/moderators") as desk:
        assert again.joined["you"]["reacted"] == mine
        assert anonymous.joined["you"]["reacted"] == desk.joined["you"]["reacted"] == {}


async def test_reactions_are_counted_and_told_together(
    connect: Connect, sign_in: SignIn, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist, connect(fan) as viewer:
        line = await artist.say("So What")
        await viewer.do("react", message=line["id"], emoji="👏")
        await artist.do("react", message=line["id"], emoji="👏")
        await artist.do("react", message=line["id"], emoji="👏")
        await artist.do("react", message=line["id"], emoji="🎺")
        await viewer.heard("reacted", lambda each: each["reactions"] == {"👏": 2, "🎺": 1})
        await artist.do("react", message=line["id"], emoji="🎺", on=False)
        await viewer.heard("reacted", lambda each: each["reactions"] == {"👏": 2})
        assert await viewer.refused("react", message=line["id"], emoji="clap") == "malformed"
        assert await viewer.refused("react", message="0" * 20, emoji="👏") == "no_such_message"
        async with connect() as late:
            assert late.snapshot["messages"][0]["reactions"] == {"👏": 2}
            assert await late.refused("react", message=line["id"], emoji="👏") == "not_signed_in"


async def test_a_poll_is_voted_on_once_each_and_ends(
    connect: Connect, miles: Person, fan: Person, clock: Time
) -> None:
    async with connect(miles) as artist, connect(fan) as viewer:
        await artist.do("open_poll", question="Next?", options=["So What", "Blue in Green"], duration_s=60)
        poll = (await viewer.heard("poll"))["poll"]
        await viewer.do("vote", poll=poll["id"], option=0)
        assert viewer.you["voted"] == 0
        await viewer.do("vote", poll=poll["id"], option=1)
        await artist.do("vote", poll=poll["id"], option=1)
        await viewer.heard(
            "poll", lambda each: [option["votes"] for option in each["poll"]["options"]] == [0, 2]
        )
        assert await viewer.refused("vote", poll=poll["id"], option=2) == "malformed"
        async with connect(fan) as again:
            assert again.you["voted"] == 1
            assert again.snapshot["poll"]["options"][1]["votes"] == 2
        clock.pass_(seconds=61)
        await viewer.heard("poll", lambda each: each["poll"]["closed"])
        assert await viewer.refused("vote", poll=poll["id"], option=0) == "closed_poll"
        await artist.do("close_poll")
        await viewer.heard("poll", lambda each: each["poll"] is None)
        assert await artist.refused("close_poll") == "no_such_poll"
        assert (
            await viewer.refused("open_poll", question="?", options=["a", "b"], duration_s=60)
            == "not_allowed"
        )


async def test_viewers_are_counted(connect: Connect, fan: Person) -> None:
    async with connect(fan) as viewer:
        async with connect(), connect(fan):
            await viewer.client.until(
                lambda each: any(
                    signal["data"] == {"type": "viewers", "count": 3, "exact": True}
                    for signal in each.of_type("signal")
                )
            )
        await viewer.client.until(
            lambda each: each.of_type("signal")[-1]["data"] == {"type": "viewers", "count": 1, "exact": True}
        )
        async with connect() as late:
            assert late.snapshot["viewers"]["count"] >= 1


async def test_a_room_has_the_name_of_its_channel(connect: Connect, miles: Person, fan: Person) -> None:
    async with connect(fan) as viewer:
        for room in ("nobody", "UPPER", "", "a/b/c", "miles/x", "x" * 40):
            answer = await viewer.client.ask("join", room=room)
            assert answer["code"] in ("no_such_room", "malformed"), answer
        answer = await viewer.client.ask("join", room="miles/moderators")
        assert answer["code"] == "not_allowed"
        assert (await miles.call("PATCH", "/channels/miles", {"name": "davis"})).status == 200
        await viewer.client.until(lambda each: each.of_type("room_closed"))
        answer = await viewer.client.ask("join", room="miles")
        assert (answer["code"], answer["name"]) == ("moved", "davis")
        assert (await viewer.client.join("davis"))["snapshot"]["chat"]["messages"] == []
    async with connect(room="davis") as anonymous:
        assert (await anonymous.client.ask("join", room="me"))["code"] == "not_signed_in"


async def test_guests_write_where_the_artist_lets_them(connect: Connect, miles: Person) -> None:
    async with connect(miles) as artist, connect() as guest, connect() as other:
        assert await guest.refused("guest", name="Wayne") == "not_signed_in"
        await artist.do("change_settings", guests=True)
        await guest.heard("settings")
        assert await guest.cannot_say("no name yet") == "not_signed_in"
        named = await guest.do("guest", name="Wayne")
        assert guest.you["role"] == "guest"
        line = await guest.say("hello")
        assert line["author"]["id"] == named["id"]
        assert line["author"]["badges"] == ["guest"]
        assert await other.refused("guest", name="Мiles") == "not_allowed"
        assert await other.refused("guest", name="\u202e") == "malformed"
        await artist.do("time_out", user=named["id"], duration_s=60)
        await guest.heard("cleared")
        assert await guest.cannot_say("still here") == "timed_out"
        # A new name from the same network does not help.
        await other.do("guest", name="Herbie")
        assert await other.cannot_say("me?") == "timed_out"
        assert (await artist.say("I may"))["text"] == "I may"


async def test_a_guest_who_comes_back_is_the_same_guest(connect: Connect, miles: Person) -> None:
    async with connect(miles) as artist, connect() as other:
        await artist.do("change_settings", guests=True)
        async with connect() as guest:
            named = await guest.do("guest", name="Wayne")
            line = await guest.say("hello")
        async with connect() as guest:
            again = await guest.do("guest", name="Wayne", token=named["token"])
            assert (again["id"], guest.you["name"]) == (named["id"], "Wayne")
            assert (await guest.say("it is me"))["author"]["colour"] == line["author"]["colour"]
            await guest.do("delete", message=line["id"])
            await artist.heard("deleted", lambda each: each["ids"] == [line["id"]])
            # Nobody else is let in with a token that is not ours, or deletes what is not theirs.
            forged = again["token"].replace(named["id"], "guest-0123456789")
            assert await other.refused("guest", name="Wayne", token=forged) == "not_allowed"
            assert (await other.do("guest", name="Herbie", token=forged))["id"] not in (
                "guest-0123456789",
                named["id"],
            )
            kept = await guest.say("this stays")
            assert await other.refused("delete", message=kept["id"]) == "not_allowed"


async def test_a_restricted_guest_stays_restricted_with_and_without_their_token(
    connect: Connect, miles: Person
) -> None:
    async with connect(miles) as artist:
        await artist.do("change_settings", guests=True)
        async with connect() as guest:
            named = await guest.do("guest", name="Wayne")
            await guest.say("hello")
        await artist.do("ban", user=named["id"])
        async with connect() as guest:
            assert guest.you["refusal"]["code"] == "banned"
            again = await guest.do("guest", name="Wayne", token=named["token"])
            assert again["id"] == named["id"]
            assert await guest.cannot_say("let me in") == "banned"
        async with connect() as guest:
            await guest.do("guest", name="Somebody else")
            assert await guest.cannot_say("let me in") == "banned"


async def test_many_who_write_at_once_are_heard_in_one_order(
    connect: Connect, sign_in: SignIn, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist, connect(fan) as viewer, connect() as reader:
        await asyncio.gather(
            *(artist.say(f"a{number}") for number in range(15)),
            *(viewer.say(f"v{number}") for number in range(15)),
        )
        assert await artist.texts(30) == await viewer.texts(30) == await reader.texts(30)
        ids = [each["message"]["id"] for each in reader.events("said")]
        assert ids == sorted(ids)
        assert len(set(ids)) == 30


async def test_an_account_that_goes_leaves_its_lines_and_nothing_else(
    connect: Connect, site: Site, miles: Person, fan: Person
) -> None:
    async with connect(miles) as artist:
        async with connect(fan) as viewer:
            line = await viewer.say("I was here")
            await artist.say("@Fan thank you", reply_to=line["id"])
        exported = (await fan.call("GET", "/me/export")).body
        assert [each["text"] for each in exported["chat"]["lines"]] == ["I was here"]
        assert (await fan.call("DELETE", "/me")).status == 204
        await artist.heard("anonymised")
        seen = (await site.call("GET", "/channels/miles/chat/messages")).body["messages"]
        assert seen[0]["text"] == "I was here"
        assert fan.user["id"] not in str(seen)
        assert "'Fan'" not in str(seen)
        async with connect() as late:
            assert late.snapshot["messages"] == seen


async def test_badges_tell_what_people_are(
    connect: Connect, sign_in: SignIn, fan: Person, bill: Person
) -> None:
    admin = await sign_in("Teo", Role.ADMIN)
    assert (await fan.call("PUT", "/channels/miles/follow")).status == 200
    async with connect(fan) as a, connect(bill) as b, connect(admin) as c:
        badges = [(await each.say("hello"))["author"]["badges"] for each in (a, b, c)]
        assert badges == [["follower"], ["moderator"], ["admin"]]
        assert [each.you["role"] for each in (a, b, c)] == ["user", "moderator", "admin"]
