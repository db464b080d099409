"""Entity tags of ICE sessions and `If-Match` against them."""

import pytest

from media.description import DtlsRole, LocalPeer
from signaling.entity_tag import entity_tag, require_match
from signaling.errors import PreconditionFailed, PreconditionMissing

SESSION = LocalPeer("unguessable", "u", "p", DtlsRole.SERVER)


def test_each_ice_generation_has_its_own_strong_tag_that_gives_no_access() -> None:
    restarted = LocalPeer("unguessable", "u2", "p2", DtlsRole.SERVER, ice_generation=1)
    assert entity_tag(SESSION) != entity_tag(restarted)
    assert entity_tag(SESSION).startswith('"')
    assert "unguessable" not in entity_tag(SESSION)


@pytest.mark.parametrize("if_match", ["*", " * ", '"a-0"', '"x", "a-0"'])
def test_any_and_its_own_tag_match(if_match: str) -> None:
    require_match(if_match, '"a-0"')


@pytest.mark.parametrize("if_match", ['"a-1"', 'W/"a-0"', "a-0", "nonsense"])
def test_another_or_a_weak_tag_does_not_match(if_match: str) -> None:
    with pytest.raises(PreconditionFailed):
        require_match(if_match, '"a-0"')


@pytest.mark.parametrize("if_match", [None, "", " "])
def test_a_tag_is_needed(if_match: str | None) -> None:
    with pytest.raises(PreconditionMissing):
        require_match(if_match, '"a-0"')
