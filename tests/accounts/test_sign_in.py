"""Registering and signing in over HTTP."""

from tests.accounts.conftest import Site


async def test_somebody_registers_and_signs_in(site: Site) -> None:
    person = await site.person("Miles@Example.org ")
    assert person.user["email"] == "miles@example.org"
    assert person.user["role"] == "user"
    me = await person.call("GET", "/me")
    assert me.status == 200
    assert me.body["user"] == person.user
    assert (me.body["has_password"], me.body["second_factor"]) == (True, False)
    assert me.headers["Cache-Control"] == "no-store"
