"""The table of permissions, walked: every permission by every kind of caller."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.identity import ANONYMOUS, Identity, Role, Scope, UserId
from accounts.permissions import RULES, STEP_UP_WITHIN, ChannelSubject, Permission, may, require
from infra.request_errors import NotAllowed, NotSignedIn, StepUpNeeded

NOW = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
MILES = UserId("miles")


def person(role: Role = Role.USER) -> Identity:
    return Identity(user_id=MILES, role=role, authenticated_at=NOW)


OWN = ChannelSubject(owner_id=MILES)
OTHERS = ChannelSubject(owner_id=UserId("coltrane"))
MODERATED = ChannelSubject(owner_id=UserId("coltrane"), moderated_by_caller=True)
NOBODYS = ChannelSubject()

P = Permission
SELF = {P.READ_SELF, P.CHANGE_SELF, P.WATCH_SELF, P.SECURE_SELF, P.FOLLOW, P.CHAT, P.CREATE_CHANNEL}
OWNERS = {
    P.CHANGE_TITLE,
    P.CHANGE_CHANNEL,
    P.DELETE_CHANNEL,
    P.MODERATE_CHANNEL,
    P.SEE_MODERATORS,
    P.NAME_MODERATORS,
    P.ROTATE_STREAM_KEY,
    P.SET_PAYOUT_WALLET,
    P.KEEP_RECORDINGS,
}
ADMINS = {P.ADMINISTER_USERS, P.SUSPEND_USERS, P.READ_AUDIT}

EXPECTED = [
    ("anonymous", ANONYMOUS, OWN, set()),
    ("a user", person(), OTHERS, SELF),
    ("a user, of nobody's channel", person(), NOBODYS, SELF),
    ("an artist elsewhere", person(Role.ARTIST), OTHERS, SELF),
    ("an artist at home", person(Role.ARTIST), OWN, SELF | OWNERS),
    ("a user who owns it still", person(), OWN, SELF | OWNERS),
    ("a moderator", person(), MODERATED, SELF | {P.MODERATE_CHANNEL}),
    ("an admin", person(Role.ADMIN), OTHERS, set(Permission) - {P.SET_PAYOUT_WALLET}),
    ("an admin at home", person(Role.ADMIN), OWN, set(Permission)),
]


@pytest.mark.parametrize(
    ("identity", "channel", "allowed"), [row[1:] for row in EXPECTED], ids=[r[0] for r in EXPECTED]
)
def test_who_may_do_what(identity: Identity, channel: ChannelSubject, allowed: set[Permission]) -> None:
    assert {each for each in Permission if may(identity, each, channel, now=NOW)} == allowed


def test_every_permission_has_a_rule() -> None:
    assert RULES.keys() == set(Permission)


def test_the_one_who_may_is_named() -> None:
    assert require(person(), P.FOLLOW, now=NOW) == MILES


def test_nobody_is_asked_to_sign_in_and_somebody_is_refused() -> None:
    with pytest.raises(NotSignedIn):
        require(ANONYMOUS, P.READ_AUDIT, now=NOW)
    with pytest.raises(NotAllowed, match="only an admin may read the audit log"):
        require(person(), P.READ_AUDIT, now=NOW)


def test_a_fresh_sign_in_is_a_proof_for_ten_minutes() -> None:
    require(person(), P.SECURE_SELF, now=NOW + STEP_UP_WITHIN)
    with pytest.raises(StepUpNeeded):
        require(person(), P.SECURE_SELF, now=NOW + STEP_UP_WITHIN + timedelta(seconds=1))


def test_who_has_a_second_factor_has_to_show_it() -> None:
    guarded = replace(person(), has_second_factor=True)
    with pytest.raises(StepUpNeeded):
        require(guarded, P.SECURE_SELF, now=NOW)
    require(replace(guarded, second_factor_at=NOW), P.SECURE_SELF, now=NOW)
    with pytest.raises(StepUpNeeded):
        require(replace(guarded, second_factor_at=NOW - timedelta(minutes=11)), P.SECURE_SELF, now=NOW)


def test_a_proof_is_asked_for_only_of_who_may_otherwise() -> None:
    with pytest.raises(NotAllowed):
        require(replace(person(), authenticated_at=None), P.SUSPEND_USERS, now=NOW)


@pytest.mark.parametrize("permission", Permission)
def test_an_api_key_does_what_its_scopes_name_and_never_more_than_its_owner(permission: Permission) -> None:
    scope = RULES[permission].scope
    everything = Identity(user_id=MILES, role=Role.ADMIN, scopes=frozenset(Scope))
    nothing = replace(everything, scopes=frozenset())
    assert may(everything, permission, OWN, now=NOW) == (scope is not None)
    assert not may(nothing, permission, OWN, now=NOW)
    of_somebody = replace(everything, role=Role.USER)
    if may(of_somebody, permission, OTHERS, now=NOW):
        assert may(person(), permission, OTHERS, now=NOW)
