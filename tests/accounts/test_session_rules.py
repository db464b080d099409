"""What a refresh cookie is worth when it comes back; and any order of refreshes, by one holder or two."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from accounts.identity import SessionId
from accounts.opaque_tokens import hash_token
from accounts.session_rules import (
    ABSOLUTE_LIFETIME,
    GRACE,
    IDLE_LIFETIME,
    Rotation,
    Verdict,
    expiry,
    judge,
    read_cookie,
    successor,
    write_cookie,
)

NOW = datetime(2026, 7, 1, tzinfo=UTC)
KEY = b"k" * 32


def rotated(*, at: datetime = NOW) -> Rotation:
    return Rotation(hash_token("second"), hash_token("first"), at, NOW, NOW + IDLE_LIFETIME, None)


def test_the_present_cookie_is_replaced() -> None:
    assert judge(rotated(), "second", now=NOW) is Verdict.ROTATE


def test_the_one_before_is_answered_again_for_a_moment() -> None:
    assert judge(rotated(), "first", now=NOW + GRACE) is Verdict.REPEAT
    assert judge(rotated(), "first", now=NOW + GRACE + timedelta(seconds=1)) is Verdict.REUSED


def test_any_other_is_in_the_hands_of_two() -> None:
    assert judge(rotated(), "older", now=NOW) is Verdict.REUSED
    assert judge(rotated(), "", now=NOW) is Verdict.REUSED


def test_a_session_ends() -> None:
    assert judge(rotated(), "second", now=NOW + IDLE_LIFETIME) is Verdict.ENDED
    revoked = Rotation(hash_token("a"), None, NOW, NOW, NOW + IDLE_LIFETIME, NOW)
    assert judge(revoked, "a", now=NOW) is Verdict.ENDED


def test_a_session_in_use_goes_on_but_not_for_ever() -> None:
    assert expiry(NOW, NOW) == NOW + IDLE_LIFETIME
    late = NOW + ABSOLUTE_LIFETIME - timedelta(days=1)
    assert expiry(NOW, late) == NOW + ABSOLUTE_LIFETIME


def test_the_next_cookie_is_known_to_who_has_the_key() -> None:
    assert successor("first", KEY) == successor("first", KEY)
    assert successor("first", KEY) != successor("first", b"o" * 32)
    assert successor("first", KEY) != successor("second", KEY)


@pytest.mark.parametrize("value", ["", ".", "a.", ".b", "ab", "ä.b", "a." + "b" * 200])
def test_what_is_no_cookie(value: str) -> None:
    assert read_cookie(value) is None


def test_a_cookie_is_read_as_written() -> None:
    assert read_cookie(write_cookie(SessionId("a"), "b")) == ("a", "b")


class TwoHolders(RuleBasedStateMachine):
    """A person and a thief who once copied the cookie. Whatever they do, they never both stay signed in."""

    @initialize()
    def sign_in(self) -> None:
        self.now = NOW
        self.session = Rotation(hash_token("first"), None, NOW, NOW, expiry(NOW, NOW), None)
        self.person: str | None = "first"
        self.thief: str | None = None
        self.diverged_at: datetime | None = None

    @rule()
    def steal(self) -> None:
        if self.thief is None and self.person is not None:
            self.thief = self.person

    @rule(seconds=st.integers(0, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    @precondition(lambda self: self.person is not None)
    def person_refreshes(self) -> None:
        self.person = self.refresh(self.person)

    @rule()
    @precondition(lambda self: self.thief is not None)
    def thief_refreshes(self) -> None:
        self.thief = self.refresh(self.thief)

    def refresh(self, token: str | None) -> str | None:
        assert token is not None
        verdict = judge(self.session, token, now=self.now)
        following = successor(token, KEY)
        match verdict:
            case Verdict.ROTATE:
                self.session = Rotation(
                    hash_token(following),
                    hash_token(token),
                    self.now,
                    NOW,
                    expiry(NOW, self.now),
                    None,
                )
                return following
            case Verdict.REPEAT:
                assert hash_token(following) == self.session.token_hash, "the same one again"
                return following
            case Verdict.REUSED | Verdict.ENDED:
                self.session = Rotation(b"", None, self.now, NOW, self.session.expires_at, self.now)
                return None

    @rule()
    @precondition(lambda self: self.thief is not None and self.person is not None)
    def apart_for_long_only_one_is_left_and_then_none(self) -> None:
        self.now += GRACE + timedelta(seconds=1)
        self.person = self.refresh(self.person)
        self.now += GRACE + timedelta(seconds=1)
        self.thief = self.refresh(self.thief)
        assert self.thief is None
        if self.person is not None:
            assert self.refresh(self.person) is None
            self.person = None


TestTwoHolders = TwoHolders.TestCase
