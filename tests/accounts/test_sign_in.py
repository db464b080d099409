"""Registering, signing in and out over HTTP."""

import io
import logging
from collections.abc import Iterator

import pyotp
import pytest
import structlog

from server.logs import configure_logs
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Person, Serve, Site, Time

MILES = {"email": "miles@example.org", "password": PASSWORD}


async def test_somebody_registers_and_signs_in(site: Site) -> None:
    person = await site.person("Miles@Example.org ")
    assert person.user["email"] == "miles@example.org"
    assert person.user["role"] == "user"
    me = await person.call("GET", "/me")
    assert me.status == 200
    assert me.body["user"] == person.user
    assert (me.body["has_password"], me.body["second_factor"]) == (True, False)
    assert me.headers["Cache-Control"] == "no-store"


async def test_the_page_learns_which_ways_in_there_are(site: Site) -> None:
    options = await site.call("GET", "/sign-in-options")
    assert options.body == {
        "registration": True,
        "mail": False,
        "confirm_email": False,
        "wallet": True,
        "chain_id": 1116,
    }


async def test_registering_an_address_that_is_known_answers_as_a_new_one(site: Site) -> None:
    first = await site.call("POST", "/users", {**MILES, "display_name": "Miles"})
    again = await site.call("POST", "/users", {**MILES, "display_name": "Other", "password": OTHER_PASSWORD})
    assert (first.status, first.body) == (again.status, again.body) == (202, {"confirm_email": False})
    assert set(first.headers) == set(again.headers)


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"email": "x", "password": PASSWORD, "display_name": "M"}, 422, "email-invalid"),
        ({"email": "miles@example.org", "password": "x", "display_name": "M"}, 422, "password-weak"),
        (
            {"email": "miles@example.org", "password": PASSWORD, "display_name": ""},
            422,
            "display-name-invalid",
        ),
        ({"email": "miles@example.org", "password": PASSWORD}, 422, "body-invalid"),
        ({**MILES, "display_name": "M", "role": "admin"}, 422, "body-invalid"),
    ],
)
async def test_what_cannot_be_an_account_is_told_why(
    site: Site, body: dict[str, str], status: int, problem: str
) -> None:
    reply = await site.call("POST", "/users", body)
    assert (reply.status, reply.problem) == (status, problem)


async def test_where_registration_is_closed(serve: Serve) -> None:
    async with serve(registration="closed") as site:
        reply = await site.call("POST", "/users", {**MILES, "display_name": "Miles"})
        assert (reply.status, reply.problem) == (403, "registration-closed")
        assert not (await site.call("GET", "/sign-in-options")).body["registration"]


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(site: Site) -> None:
    await site.register()
    wrong = await site.call("POST", "/session", {**MILES, "password": OTHER_PASSWORD})
    unknown = await site.call("POST", "/session", {**MILES, "email": "nobody@example.org"})
    assert wrong.status == 401
    assert wrong.problem == "credentials-rejected"
    assert wrong.body == unknown.body
    assert wrong.cookie == ""


async def test_the_refresh_cookie_is_kept_from_scripts_and_other_paths(site: Site) -> None:
    await site.register()
    reply = await site.call("POST", "/session", MILES)
    cookie = reply.response.cookies["harmonie_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/api/v1/session"
    assert not cookie["secure"]
    assert int(cookie["max-age"]) == 30 * 24 * 3600
    assert cookie.value not in str(reply.body)


async def test_behind_tls_the_cookie_is_for_tls_only(serve: Serve) -> None:
    async with serve(public_url="https://stage.example.org") as site:
        await site.register()
        reply = await site.call("POST", "/session", MILES)
        assert reply.response.cookies["harmonie_session"]["secure"]
        person = await site.sign_in()
        assert (await person.refresh(origin="https://stage.example.org")).status == 200


async def test_a_page_gets_a_new_access_token_with_the_cookie(site: Site, time: Time) -> None:
    person = await site.person()
    time.pass_(minutes=10)
    assert (await person.call("GET", "/me")).problem == "session-ended"
    reply = await person.refresh()
    assert reply.status == 200
    assert reply.cookie not in ("", person.cookie)
    assert reply.body["session_id"] == person.session_id
    assert (await site.call("GET", "/me", token=reply.body["access_token"])).status == 200


async def test_a_cookie_used_again_signs_everyone_out(site: Site, time: Time) -> None:
    person = await site.person()
    reply = await person.refresh()
    time.pass_(seconds=31)
    assert (await person.refresh()).problem == "session-ended"
    assert (await person.refresh(reply.cookie)).problem == "session-ended"
    assert (await site.call("GET", "/me", token=reply.body["access_token"])).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_sites_page_cannot_use_the_cookie(site: Site, headers: dict[str, str]) -> None:
    person = await site.person()
    cookie = f"harmonie_session={person.cookie}"
    for method, path in (("POST", "/session/refresh"), ("DELETE", "/session")):
        reply = await site.call(method, path, Cookie=cookie, **headers)
        assert (reply.status, reply.problem) == (403, "cross-origin")
        assert reply.cookie == ""
    assert (await person.refresh()).status == 200


async def test_the_cookie_alone_opens_nothing_else(site: Site) -> None:
    person = await site.person()
    cookie = f"harmonie_session={person.cookie}"
    reply = await site.call("GET", "/me", Cookie=cookie, Origin=site.origin)
    assert (reply.status, reply.problem) == (401, "not-signed-in")


async def test_signing_out_removes_the_cookie_and_ends_the_session(site: Site) -> None:
    person = await site.person()
    reply = await site.call(
        "DELETE", "/session", Cookie=f"harmonie_session={person.cookie}", Origin=site.origin
    )
    assert reply.status == 204
    assert reply.response.cookies["harmonie_session"]["max-age"] == "0"
    assert (await person.call("GET", "/me")).status == 401
    assert (await person.refresh()).status == 401
    assert (await site.call("DELETE", "/session")).status == 204


async def test_a_program_signs_out_with_its_token(site: Site) -> None:
    person = await site.person()
    assert (await person.call("DELETE", "/session")).status == 204
    assert (await person.call("GET", "/me")).status == 401


async def second_factor(person: Person, time: Time) -> tuple[pyotp.TOTP, list[str]]:
    setup = await person.call("POST", "/me/second-factor")
    assert setup.status == 201
    app = pyotp.parse_uri(setup.body["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == setup.body["secret"]
    reply = await person.call("POST", "/me/second-factor/confirm", {"code": app.at(time.now)})
    assert reply.status == 200
    time.pass_(seconds=60)
    return app, reply.body["recovery_codes"]


async def test_a_second_factor_from_setup_to_removal(site: Site, time: Time) -> None:
    person = await site.person()
    app, codes = await second_factor(person, time)
    assert len(codes) == 10

    first = await site.call("POST", "/session", MILES)
    assert (first.status, first.body["status"], first.body["session"], first.cookie) == (
        200,
        "second_factor_needed",
        None,
        "",
    )
    ticket = first.body["ticket"]
    wrong = await site.call("POST", "/session/second-factor", {"ticket": ticket, "code": "000000"})
    assert (wrong.status, wrong.problem) == (401, "code-rejected")
    right = {"ticket": ticket, "code": app.at(time.now)}
    done = await site.call("POST", "/session/second-factor", right)
    assert (done.status, bool(done.cookie)) == (200, True)
    again = await site.call("POST", "/session/second-factor", right)
    assert (again.status, again.problem) == (401, "code-rejected")
    by_paper = await site.call(
        "POST", "/session/second-factor", {"ticket": ticket, "recovery_code": codes[0]}
    )
    assert by_paper.status == 200

    token = done.body["access_token"]
    status = await site.call("GET", "/me/second-factor", token=token)
    assert status.body == {"enabled": True, "recovery_codes_left": 9}
    replaced = await site.call("POST", "/me/recovery-codes", token=token)
    assert not set(replaced.body["recovery_codes"]) & set(codes)
    assert (await site.call("DELETE", "/me/second-factor", token=token)).status == 204
    assert (await site.call("POST", "/session", MILES)).body["status"] == "signed_in"


async def test_six_digits_are_tried_ten_times_in_a_quarter_of_an_hour(serve: Serve, time: Time) -> None:
    # From many addresses, as somebody would who knows the password.
    async with serve(trusted_proxies=("127.0.0.1",)) as site:
        await second_factor(await site.person(), time)
        answers = []
        for number in range(11):
            elsewhere = {"X-Forwarded-For": f"192.0.2.{number}"}
            ticket = (await site.call("POST", "/session", MILES, **elsewhere)).body["ticket"]
            body = {"ticket": ticket, "code": "000000"}
            answers.append((await site.call("POST", "/session/second-factor", body, **elsewhere)).status)
        # One was spent by the setup.
        assert answers == [401] * 9 + [429] * 2


async def test_an_account_is_tried_so_often_from_wherever_whether_it_exists_or_not(serve: Serve) -> None:
    async with serve(trusted_proxies=("127.0.0.1",)) as site:
        await site.register()
        for email in ("miles@example.org", "Nobody@example.org"):
            answers = []
            for number in range(61):
                reply = await site.call(
                    "POST",
                    "/session",
                    {"email": email, "password": OTHER_PASSWORD},
                    **{"X-Forwarded-For": f"192.0.2.{number}"},
                )
                answers.append(reply.status)
            assert answers == [401] * 60 + [429], email


async def test_an_address_tries_ten_sign_ins_a_minute(site: Site) -> None:
    await site.register()
    answers = [(await site.call("POST", "/session", MILES)).status for _ in range(11)]
    assert answers == [200] * 10 + [429]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the server logs, at its most talkative."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logs("debug", "json", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_nothing_secret_is_logged(serve: Serve, log: io.StringIO, time: Time) -> None:
    async with serve() as site:
        person = await site.person()
        app, codes = await second_factor(person, time)
        refreshed = await person.refresh()
        key = await site.call(
            "POST",
            "/me/api-keys",
            {"name": "Deck", "scopes": ["chat:write"]},
            token=refreshed.body["access_token"],
        )
        await site.call("GET", "/me", token=key.body["secret"])
        await site.call("POST", "/session", {**MILES, "password": OTHER_PASSWORD})
    written = log.getvalue()
    assert '"route": "/api/v1/session"' in written
    for secret in (
        PASSWORD,
        OTHER_PASSWORD,
        person.token,
        person.cookie,
        refreshed.cookie,
        app.secret,
        codes[0],
        key.body["secret"],
        "miles@example.org",
    ):
        assert secret not in written
