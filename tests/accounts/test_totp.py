"""Codes of an authenticator app, and recovery codes."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.totp import (
    STEP_S,
    accepted_step,
    new_recovery_codes,
    new_secret,
    normal_recovery_code,
    provisioning_uri,
)

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B
NOW = datetime(2026, 7, 1, 20, 30, 15, tzinfo=UTC)


def code(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


def test_the_codes_are_those_of_rfc_6238() -> None:
    # The RFC prints eight digits; an app shows the last six.
    for seconds, digits in ((59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")):
        now = datetime.fromtimestamp(seconds, UTC)
        assert accepted_step(SECRET, digits, now=now, last_step=None) == seconds // STEP_S


@pytest.mark.parametrize(
    ("late_s", "accepted"), [(-31, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_code_is_taken_one_step_early_or_late(late_s: int, accepted: bool) -> None:
    now = datetime(2026, 7, 1, 20, 30, 0, tzinfo=UTC)
    step = accepted_step(SECRET, code(now), now=now + timedelta(seconds=late_s), last_step=None)
    assert (step is not None) == accepted


def test_a_code_is_taken_once_and_no_earlier_one_after_it() -> None:
    step = accepted_step(SECRET, code(NOW), now=NOW, last_step=None)
    assert step is not None
    assert accepted_step(SECRET, code(NOW), now=NOW, last_step=step) is None
    before = code(NOW - timedelta(seconds=STEP_S))
    assert accepted_step(SECRET, before, now=NOW, last_step=step) is None
    after = code(NOW + timedelta(seconds=STEP_S))
    assert accepted_step(SECRET, after, now=NOW, last_step=step) == step + 1


def test_spaces_in_a_code_do_not_matter() -> None:
    digits = code(NOW)
    assert accepted_step(SECRET, f" {digits[:3]} {digits[3:]} ", now=NOW, last_step=None) is not None


@given(st.text(max_size=12))
def test_what_is_no_code_is_refused(text: str) -> None:
    digits = "".join(text.split())
    near = {code(NOW + timedelta(seconds=each)) for each in (-30, 0, 30)}
    assert (accepted_step(SECRET, text, now=NOW, last_step=None) is not None) == (digits in near)


def test_an_app_can_read_the_uri() -> None:
    uri = provisioning_uri(SECRET, account="miles@example.org", issuer="Harmonie")
    assert pyotp.parse_uri(uri).secret == SECRET
    assert uri.startswith("otpauth://totp/Harmonie:miles%40example.org?")


def test_every_secret_is_another() -> None:
    assert new_secret() != new_secret()


def test_recovery_codes_are_ten_and_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    for each in codes:
        assert len(each) == 19
        assert normal_recovery_code(each) == each
        assert normal_recovery_code(f"  {each.lower().replace('-', ' ')}") == each
        assert normal_recovery_code(each.replace("0", "o").replace("1", "l")) == each
