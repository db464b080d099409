"""Access tokens and tickets."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from accounts.errors import SessionEnded
from accounts.identity import UserId
from accounts.tokens import Claims, SigningKey, TokenUse, key_id, read_token, write_token

NOW = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
KEY = SigningKey("key-1", b"k" * 32, NOW)
OTHER = SigningKey("key-2", b"o" * 32, NOW)
KEYS = {KEY.id: KEY, OTHER.id: OTHER}
CLAIMS = Claims(UserId("miles"), "session", NOW, NOW + timedelta(minutes=10))
TOKEN = write_token(CLAIMS, TokenUse.ACCESS, KEY)


def refused(token: str, *, use: TokenUse = TokenUse.ACCESS, now: datetime = NOW) -> None:
    with pytest.raises(SessionEnded):
        read_token(token, use, KEYS, now=now)


def test_a_token_says_what_was_written() -> None:
    assert key_id(TOKEN) == KEY.id
    assert read_token(TOKEN, TokenUse.ACCESS, KEYS, now=NOW) == CLAIMS


def test_it_holds_until_it_expires() -> None:
    last = CLAIMS.expires_at - timedelta(seconds=1)
    assert read_token(TOKEN, TokenUse.ACCESS, KEYS, now=last) == CLAIMS
    refused(TOKEN, now=CLAIMS.expires_at)


def test_it_does_not_come_from_the_future() -> None:
    refused(TOKEN, now=NOW - timedelta(seconds=6))


def test_a_ticket_is_no_access_token_and_an_access_token_no_ticket() -> None:
    refused(TOKEN, use=TokenUse.TICKET)
    refused(write_token(CLAIMS, TokenUse.TICKET, KEY))


def test_a_key_that_is_gone_verifies_nothing() -> None:
    with pytest.raises(SessionEnded):
        read_token(TOKEN, TokenUse.ACCESS, {OTHER.id: OTHER}, now=NOW)


def forged(header: dict[str, str], key: bytes, **claims: object) -> str:
    body = {
        "sub": "admin",
        "sid": "s",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 60,
    } | claims
    return jwt.encode(
        {"typ": "at+jwt"} | header, body, OctKey.import_key(key), algorithms=["HS256", "HS512", "none"]
    )


@pytest.mark.filterwarnings("ignore:JWS algorithm")
def test_what_others_made_is_refused() -> None:
    refused(forged({"alg": "HS256", "kid": "key-1"}, b"x" * 32))
    refused(forged({"alg": "HS256", "kid": "key-1"}, OTHER.secret))
    refused(forged({"alg": "HS512", "kid": "key-1"}, KEY.secret))
    refused(forged({"alg": "none", "kid": "key-1"}, KEY.secret))
    refused(forged({"alg": "HS256"}, KEY.secret))
    refused(forged({"alg": "HS256", "kid": "key-1"}, KEY.secret, exp="9999999999"))
    refused(forged({"alg": "HS256", "kid": "key-1"}, KEY.secret, sub=None))


@given(st.text(max_size=60) | st.tuples(st.text(), st.text(), st.text()).map(".".join))
def test_no_text_brings_it_down(text: str) -> None:
    refused(text)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_a_changed_token_is_refused(at: int, character: str) -> None:
    changed = TOKEN[:at] + character + TOKEN[at + 1 :]
    # The last character of a base64 part has bits that mean nothing.
    if changed == TOKEN or at + 1 == len(TOKEN) or TOKEN[at + 1] == ".":
        return
    refused(changed)


def test_a_key_does_not_show_itself() -> None:
    assert "kkkk" not in repr(KEY)
