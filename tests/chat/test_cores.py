"""Rules, words and small machines of chat, by table and by property."""

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import errors
from chat.colours import colour_of
from chat.emoji import is_emoji, is_only_emoji
from chat.errors import SettingsInvalid, TermsInvalid
from chat.ids import MessageIds, first_at, is_message_id
from chat.messages import Author, Message, RoomSettings, Said, Viewers
from chat.moderation import ban_until_ms, covers, require_may_act, require_may_delete
from chat.moderation_log import BlockedTermView, Chatter, Person, Restriction
from chat.pacing import Pacing
from chat.people import Speaker, Standing
from chat.poll import new_poll
from chat.presence import Presence, Report
from chat.room import Room
from chat.rules import Accepted, Refusal, in_words, line_verdict, standing_refusal
from chat.settings import changed
from chat.slash import Ban, OpenPoll, Set, TimeOut, is_slash, parse
from chat.terms import BlockedTerms
from chat.text import TEXT_MAX_CHARACTERS, clean, fold, has_link, mentions, split_name
from infra.command_errors import CommandMalformed
from infra.request_errors import NotAllowed, NotSignedIn

NOW = 1_000_000
HOUR_S = 3_600


def speaker(standing: Standing = Standing.USER, **fields: object) -> Speaker:
    return Speaker(id="fan", name="Fan", standing=standing, **fields)  # type: ignore[arg-type]


def restriction(kind: str = "timeout", until_ms: int | None = NOW + 1) -> Restriction:
    by = Person("mod", "Mod")
    return Restriction(id="1", user=by, kind=kind, until_ms=until_ms, by=by, reason="", at_ms=0)  # type: ignore[arg-type]


FOLLOWERS = RoomSettings(followers_only_s=HOUR_S)


@pytest.mark.parametrize(
    ("who", "settings", "laid", "error", "until_ms"),
    [
        (speaker(), RoomSettings(), None, None, None),
        (speaker(), RoomSettings(), restriction(), errors.TimedOut, NOW + 1),
        (speaker(), RoomSettings(), restriction(until_ms=NOW), None, None),
        (speaker(), RoomSettings(), restriction("ban", None), errors.Banned, None),
        (speaker(Standing.MODERATOR), RoomSettings(), restriction(), errors.TimedOut, NOW + 1),
        (speaker(Standing.OWNER), RoomSettings(), restriction(), None, None),
        (speaker(Standing.ADMIN), FOLLOWERS, restriction("ban", None), None, None),
        (speaker(Standing.MODERATOR), FOLLOWERS, None, None, None),
        (speaker(), FOLLOWERS, None, errors.FollowersOnly, None),
        (speaker(followed_at_ms=NOW), FOLLOWERS, None, errors.FollowersOnly, NOW + 3_600_000),
        (speaker(followed_at_ms=NOW - 3_600_000), FOLLOWERS, None, None, None),
        (speaker(followed_at_ms=NOW), RoomSettings(followers_only_s=0), None, None, None),
        (speaker(), RoomSettings(supporters_only=True), None, errors.SupportersOnly, None),
        (speaker(tier=1), RoomSettings(supporters_only=True), None, None, None),
        (speaker(Standing.ANONYMOUS), RoomSettings(), None, NotSignedIn, None),
        (speaker(Standing.ANONYMOUS), RoomSettings(guests=True), None, NotSignedIn, None),
        (speaker(Standing.GUEST), RoomSettings(), None, NotSignedIn, None),
        (speaker(Standing.GUEST), RoomSettings(guests=True), None, None, None),
        (
            speaker(Standing.GUEST),
            RoomSettings(guests=True, followers_only_s=0),
            None,
            errors.FollowersOnly,
            None,
        ),
    ],
)
def test_who_may_write_at_all(
    who: Speaker, settings: RoomSettings, laid: Restriction | None, error: type | None, until_ms: int | None
) -> None:
    refusal = standing_refusal(who, settings, laid, NOW)
    assert (None if refusal is None else (refusal.error, refusal.until_ms)) == (
        None if error is None else (error, until_ms)
    )


TERMS = BlockedTerms([BlockedTermView("jerk"), BlockedTermView("maybe", "hold")])


@pytest.mark.parametrize(
    ("settings", "text", "last_ms", "expected"),
    [
        ({}, "hello", None, None),
        ({}, "", None, errors.Empty),
        ({}, "x" * TEXT_MAX_CHARACTERS, None, None),
        ({}, "x" * (TEXT_MAX_CHARACTERS + 1), None, errors.TooLong),
        ({"slow_mode_s": 10}, "hello", None, None),
        ({"slow_mode_s": 10}, "hello", NOW - 9_999, errors.SlowMode),
        ({"slow_mode_s": 10}, "hello", NOW - 10_000, None),
        ({"emote_only": True}, "👏 :clap: 🎺", None, None),
        ({"emote_only": True}, "👏 bravo", None, errors.EmoteOnly),
        ({"unique_messages": True}, "SAID already!", None, errors.NotUnique),
        ({"unique_messages": True}, "said something else", None, None),
        ({"links": "block"}, "www.example.org", None, errors.LinksBlocked),
        ({"links": "hold"}, "www.example.org", None, "link"),
        ({"links": "allow"}, "www.example.org", None, None),
        ({}, "you jerk", None, errors.BlockedTerm),
        ({}, "maybe", None, "blocked_term"),
        ({}, "maybe a jerk", None, errors.BlockedTerm),
    ],
)
def test_what_becomes_of_a_line(
    settings: dict[str, object], text: str, last_ms: int | None, expected: object
) -> None:
    room = Room(RoomSettings(**settings))  # type: ignore[arg-type]
    author = Author("other", "Other", "#000000", [])
    room.on(Said(Message(id="0" * 20, author=author, text="Said already", at_ms=1)))
    for_user = line_verdict(speaker(), text, room, TERMS, NOW, last_ms)
    match for_user:
        case Refusal(error):
            assert error is expected
        case Accepted(hold):
            assert hold == expected
    for_moderator = line_verdict(speaker(Standing.MODERATOR), text, room, TERMS, NOW, last_ms)
    bounds = expected in (errors.Empty, errors.TooLong)
    assert isinstance(for_moderator, Refusal) == bounds


ACTORS = list(Standing)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("target", ACTORS)
def test_who_may_act_on_whom(actor: Standing, target: Standing) -> None:
    allowed = actor.moderates and not target.governs and (actor.governs or target is not Standing.MODERATOR)
    try:
        require_may_act(actor, "a", target, "t")
    except NotAllowed:
        assert not allowed
    else:
        assert allowed
    with pytest.raises(NotAllowed):
        require_may_act(actor, "same", target, "same")


def test_who_may_delete_what() -> None:
    require_may_delete(Standing.USER, "a", None, "a")
    require_may_delete(Standing.MODERATOR, "a", Standing.MODERATOR, "b")
    require_may_delete(Standing.MODERATOR, "a", None, None)
    require_may_delete(Standing.OWNER, "a", Standing.ADMIN, "b")
    for actor, author in ((Standing.USER, Standing.USER), (Standing.MODERATOR, Standing.OWNER)):
        with pytest.raises(NotAllowed):
            require_may_delete(actor, "a", author, "b")
    with pytest.raises(NotAllowed):
        require_may_delete(Standing.USER, "a", None, None)


def test_a_ban_of_addresses_always_ends() -> None:
    assert ban_until_ms(0, None, address=False) is None
    assert ban_until_ms(0, None, address=True) == 86_400_000
    assert ban_until_ms(0, 10**9, address=True) == 30 * 86_400_000
    assert covers("192.0.2.0/24", "192.0.2.0/24")
    assert covers("192.0.0.0/16", "192.0.2.0/24")
    assert not covers("192.0.2.0/24", "198.51.100.0/24")
    assert not covers("192.0.2.0/24", "2001:db8::/48")
    assert not covers("192.0.2.0/24", None)
    assert not covers("nonsense", "192.0.2.0/24")


@given(st.text(max_size=700))
def test_what_is_shown_is_plain_on_one_line_and_stays_as_it_is(text: str) -> None:
    shown = clean(text)
    assert clean(shown) == shown
    assert shown == unicodedata.normalize("NFC", shown) or len(shown) < len(text)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Co") for each in shown)
    assert not any(
        each in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f" for each in shown
    )
    assert "\n" not in shown
    assert shown == shown.strip()
    shown.encode()


@given(st.text(max_size=200), st.text(min_size=1, max_size=40))
def test_terms_never_fail_and_find_themselves(text: str, term: str) -> None:
    try:
        terms = BlockedTerms([BlockedTermView(term)])
    except TermsInvalid:
        return
    terms.find(text)
    plain = " ".join(term.split()).strip("*")
    assert terms.find(f"so {plain} it is") == "block"


def test_disguised_terms_are_found_and_innocent_words_are_not() -> None:
    terms = BlockedTerms([BlockedTermView("ass"), BlockedTermView("kill*"), BlockedTermView("go away")])
    for text in (
        "ass",
        "a.s.s",
        "A S S",
        "@$$",
        "killer",
        "k1lling",
        "g0 аway",
        "go   away",
    ):
        assert terms.find(text) == "block", text
    for text in ("class", "as soon", "pass", "skill", "455", "go a way", "assess", "as"):
        assert terms.find(text) is None, text


@given(st.text("as. \u200b", max_size=4_000))
def test_terms_are_linear_in_a_hostile_line(text: str) -> None:
    BlockedTerms([BlockedTermView("aaaaaaaassssssss"), BlockedTermView("*asasasas*")]).find(text)


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("https://example.org", True),
        ("see example.com now", True),
        ("www.x.y", True),
        ("ｅｘａｍｐｌｅ.com", True),
        ("bit.ly/x", True),
        ("ftp://x", True),
        ("well...ok", False),
        ("e.g. this", False),
        ("3.14", False),
        ("fan@example", False),
        ("so what", False),
    ],
)
def test_links_are_recognised(text: str, is_link: bool) -> None:
    assert has_link(text) == is_link


def test_emoji_are_recognised() -> None:
    for text in ("👏", "👩‍🚀", "🇫🇷", "❤️", "1️⃣", "👍🏽"):
        assert is_emoji(text), text
    for text in ("a", "", "👏👏", "<b>", ":clap:", "1"):
        assert not is_emoji(text), text
    assert is_only_emoji("👏👏 :clap:")
    assert not is_only_emoji("")


def test_names_are_found_in_lines() -> None:
    people = {"1": "Miles", "2": "Miles Davis", "3": "bob"}
    found = mentions("hi @miles davis, @BOB! and @nobody; mail@bob", people)
    assert [each.id for each in found.people] == ["2", "3"]
    assert found.unknown == ("nobody",)
    assert mentions("@milestone", people).people == ()
    assert split_name("@Miles Davis 10m", list(people.values())) == ("Miles Davis", "10m")
    assert split_name('"Some One" why', []) == ("Some One", "why")


@given(st.text(max_size=100), st.dictionaries(st.text(max_size=3), st.text(max_size=10), max_size=5))
def test_mentions_and_folding_never_fail(text: str, people: dict[str, str]) -> None:
    mentions(text, people)
    assert fold(fold(text)) == fold(text) or not text.isascii()
    if is_slash(text):
        with contextlib.suppress(CommandMalformed):
            parse(text, list(people.values()))


def test_slash_commands_are_read() -> None:
    assert parse("/timeout Fan 10m be nice") == TimeOut("Fan", 600, "be nice")
    assert parse("/timeout Some One", ["Some One"]) == TimeOut("Some One", 600, "")
    assert parse("/ban Fan they know why") == Ban("Fan", None, "they know why")
    assert parse("/ban Fan 7d") == Ban("Fan", 604_800, "")
    assert parse("/slow off") == Set({"slow_mode_s": 0})
    assert parse("/followers 10m") == Set({"followers_only_s": 600})
    assert parse("/poll More? | yes | no") == OpenPoll("More?", ("yes", "no"), 120)
    assert parse("/poll More? | yes | no | 30s") == OpenPoll("More?", ("yes", "no"), 30)
    for wrong in ("/", "/x", "/timeout", "/poll a | b", "/links maybe", "/slow fast", "/me"):
        with pytest.raises(CommandMalformed):
            parse(wrong)


@given(st.lists(st.tuples(st.integers(0, 2**45), st.integers(0, 2**64)), min_size=2, max_size=50))
def test_ids_grow_even_when_the_clock_goes_back(moments: list[tuple[int, int]]) -> None:
    ids = MessageIds()
    made = [ids.next(now_ms, chance) for now_ms, chance in moments]
    assert made == sorted(set(made))
    assert all(is_message_id(each) for each in made)
    assert made[0] >= first_at(moments[0][0])


def test_settings_stay_within_their_bounds() -> None:
    assert changed(RoomSettings(), {"slow_mode_s": 3_600}).slow_mode_s == 3_600
    for changes in ({"slow_mode_s": -1}, {"slow_mode_s": 3_601}, {"retention_days": 10**9}):
        with pytest.raises(SettingsInvalid):
            changed(RoomSettings(), changes)


@pytest.mark.parametrize(
    ("question", "options", "duration_s"),
    [
        ("", ["a", "b"], 60),
        ("?", ["a"], 60),
        ("?", ["a", "A"], 60),
        ("?", ["a", " "], 60),
        ("?", ["a", "b"], 1),
    ],
)
def test_polls_that_cannot_be(question: str, options: list[str], duration_s: int) -> None:
    with pytest.raises(CommandMalformed):
        new_poll("1", question, options, duration_s, 0)


def test_counts_are_told_at_once_and_then_together() -> None:
    pacing: Pacing[str] = Pacing(0.25)
    pacing.changed("a", 10.0)
    assert pacing.take(10.0) == ["a"]
    pacing.changed("a", 10.1)
    pacing.changed("a", 10.2)
    assert pacing.take(10.2) == []
    assert pacing.deadline_s() == 10.25
    assert pacing.take(10.25) == ["a"]
    assert pacing.deadline_s() is None


def test_presence_is_exact_and_then_rounded_and_seldom_told() -> None:
    presence = Presence("one")
    presence.came(Chatter("fan", "Fan"))
    presence.came(Chatter("fan", "Fan"))
    presence.came(None)
    assert presence.viewers(0.0) == Viewers(3)
    assert presence.chatters(0.0) == (1, [Chatter("fan", "Fan")])
    assert presence.news(0.0) == Viewers(3)
    presence.went("fan")
    assert presence.news(1.9) is None
    assert presence.news(2.0) == Viewers(2)
    assert presence.news(9.0) is None
    report = {"type": "here", "process": "two", "connections": 5_321, "people": 400, "chatters": []}
    presence.hear(report, 10.0)
    presence.hear({**report, "process": "one"}, 10.0)
    assert presence.viewers(10.0) == Viewers(5_300, exact=False)
    assert presence.chatters(10.0)[0] == 401
    # A process that is heard of no more has gone.
    assert presence.viewers(36.0) == Viewers(2)
    assert presence.report(36.0) == Report("one", 2, 1, [Chatter("fan", "Fan")])
    assert presence.report(40.0) is None


def test_durations_are_told_in_words() -> None:
    assert [in_words(each) for each in (1, 59, 60, 61, 7_200, 86_400)] == [
        "1 second",
        "59 seconds",
        "1 minute",
        "2 minutes",
        "2 hours",
        "1 day",
    ]


def test_a_colour_is_always_the_same() -> None:
    assert colour_of("fan") == colour_of("fan") != colour_of("other")
    assert len(colour_of("fan")) == 7
