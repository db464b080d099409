"""What a demand is, and which demands make no sense."""

import pytest

from infra.access import ADMIN, CHANNEL_KEY, CHANNEL_OWNER, PUBLIC, SIGNED_IN, STEP_UP, Access, Who


def test_either_of_two_suffices() -> None:
    either = CHANNEL_OWNER | CHANNEL_KEY
    assert either.who == {Who.CHANNEL_OWNER, Who.CHANNEL_KEY}
    assert either.describe() == "the owner of the channel or whoever has the channel's stream key"


def test_a_demand_reads_well() -> None:
    assert STEP_UP.describe() == "whoever is signed in, after step-up"
    assert SIGNED_IN.scoped("me:read").describe() == "whoever is signed in; API keys with `me:read`"


@pytest.mark.parametrize("access", [PUBLIC, CHANNEL_KEY])
def test_only_a_person_can_step_up(access: Access) -> None:
    with pytest.raises(ValueError):
        access.stepped_up()


def test_an_api_key_cannot_step_up() -> None:
    with pytest.raises(ValueError):
        STEP_UP.scoped("me:write")


def test_what_is_added_to_one_of_two_is_not_lost() -> None:
    with pytest.raises(ValueError):
        _ = CHANNEL_OWNER.scoped("channels:write") | ADMIN
