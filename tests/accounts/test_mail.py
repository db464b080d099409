"""Mails, received by a real SMTP server."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from accounts.mail import MAX_WAITING, MailQueue
from accounts.mails import Mail
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Serve, Site, Time

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

PUBLIC = "https://stage.example.org"
MILES = "miles@example.org"


class Inbox:
    """What an SMTP server received."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.refuse:
            self.refuse -= 1
            return "451 come back later"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert envelope.rcpt_tos == [mail["To"]]
        self.mails.append(mail)
        return "250 taken"

    def newest(self) -> str:
        return str(self.mails[-1].get_content())

    def token(self) -> str:
        """Of the newest mail's link."""
        found = re.search(r"#token=(\S+)", self.newest())
        assert found is not None, self.newest()
        return found[1]


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"stage", b"pass/word")
    return AuthResult(success=right)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
async def mailing(serve: Serve, smtp: Controller) -> AsyncIterator[Site]:
    async with serving(serve, smtp) as site:
        yield site


@asynccontextmanager
async def serving(serve: Serve, smtp: Controller) -> AsyncIterator[Site]:
    settings = {
        "smtp_url": f"smtp://stage:pass%2Fword@127.0.0.1:{smtp.port}",
        "mail_from": "Stage <stage@example.org>",
        "public_url": PUBLIC,
    }
    async with serve(**settings) as site:
        yield site


async def drained(site: Site) -> None:
    async with asyncio.timeout(20):
        await site.accounts.mail.drained()


async def confirmed(site: Site, inbox: Inbox, email: str = MILES) -> None:
    await site.register(email)
    await drained(site)
    body = {"token": inbox.token(), "password": PASSWORD}
    assert (await site.call("POST", "/email-verification/confirm", body)).status == 204


async def test_an_address_is_confirmed_before_the_first_sign_in(mailing: Site, inbox: Inbox) -> None:
    reply = await mailing.call(
        "POST", "/users", {"email": MILES, "password": PASSWORD, "display_name": "Miles"}
    )
    assert reply.body == {"confirm_email": True}
    await drained(mailing)
    mail = inbox.mails[-1]
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        MILES,
        "Stage <stage@example.org>",
        "Confirm your e-mail address",
    )
    assert f"{PUBLIC}/account/verify#token=" in inbox.newest()
    early = await mailing.call("POST", "/session", {"email": MILES, "password": PASSWORD})
    assert early.problem == "credentials-rejected"
    body = {"token": inbox.token(), "password": PASSWORD}
    assert (await mailing.call("POST", "/email-verification/confirm", body)).status == 204
    assert (await mailing.sign_in()).user["email_verified"]
    used = await mailing.call("POST", "/email-verification/confirm", body)
    assert (used.status, used.problem) == (410, "link-rejected")


async def test_a_click_alone_confirms_nothing(mailing: Site, inbox: Inbox) -> None:
    # Somebody registered with another's address and waits for them to click.
    await mailing.register(MILES)
    await drained(mailing)
    for password in (None, OTHER_PASSWORD):
        body = {"token": inbox.token(), "password": password}
        refused = await mailing.call("POST", "/email-verification/confirm", body)
        assert refused.problem == "credentials-rejected"
    # The owner of the mailbox takes the account over by choosing a password.
    await mailing.call("POST", "/password-reset", {"email": MILES})
    await drained(mailing)
    body = {"token": inbox.token(), "password": OTHER_PASSWORD}
    assert (await mailing.call("POST", "/password-reset/confirm", body)).status == 204
    await mailing.sign_in(password=OTHER_PASSWORD)


async def test_the_owner_of_an_account_is_told_when_somebody_registers_with_it(
    mailing: Site, inbox: Inbox
) -> None:
    await confirmed(mailing, inbox)
    await mailing.register(MILES, OTHER_PASSWORD)
    await drained(mailing)
    assert inbox.mails[-1]["Subject"] == "You have an account already"
    assert "#token" not in inbox.newest()
    await mailing.sign_in()


async def test_another_mail_comes_on_request_to_who_needs_it(mailing: Site, inbox: Inbox, time: Time) -> None:
    await mailing.register(MILES)
    await drained(mailing)
    first = inbox.token()
    answers = [
        (await mailing.call("POST", "/email-verification", {"email": email})).status
        for email in (MILES, "nobody@example.org")
    ]
    assert answers == [202, 202]
    await drained(mailing)
    assert len(inbox.mails) == 2
    old = await mailing.call("POST", "/email-verification/confirm", {"token": first, "password": PASSWORD})
    assert old.problem == "link-rejected"
    time.pass_(hours=24)
    late = await mailing.call(
        "POST", "/email-verification/confirm", {"token": inbox.token(), "password": PASSWORD}
    )
    assert late.problem == "link-rejected"


async def test_a_forgotten_password_is_replaced_and_everyone_signed_out(
    mailing: Site, inbox: Inbox, time: Time
) -> None:
    await confirmed(mailing, inbox)
    person = await mailing.sign_in()
    mails = len(inbox.mails)
    answers = [
        (reply.status, reply.body)
        for reply in [
            await mailing.call("POST", "/password-reset", {"email": email})
            for email in (MILES, "nobody@example.org")
        ]
    ]
    assert answers == [(202, None), (202, None)]
    await drained(mailing)
    assert len(inbox.mails) == mails + 1
    assert f"{PUBLIC}/account/reset#token=" in inbox.newest()
    token = inbox.token()
    weak = await mailing.call("POST", "/password-reset/confirm", {"token": token, "password": "password123"})
    assert weak.problem == "password-weak"
    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await mailing.call("POST", "/password-reset/confirm", body)).status == 204
    assert (await mailing.call("POST", "/password-reset/confirm", body)).problem == "link-rejected"
    assert (await person.call("GET", "/me")).status == 401
    await mailing.sign_in(password=OTHER_PASSWORD)

    await mailing.call("POST", "/password-reset", {"email": MILES})
    await drained(mailing)
    time.pass_(hours=1)
    late = await mailing.call(
        "POST", "/password-reset/confirm", {"token": inbox.token(), "password": PASSWORD}
    )
    assert late.problem == "link-rejected"


async def test_a_link_to_an_address_one_no_longer_has_changes_no_password(
    mailing: Site, inbox: Inbox
) -> None:
    await confirmed(mailing, inbox)
    person = await mailing.sign_in()
    await mailing.call("POST", "/password-reset", {"email": MILES})
    await drained(mailing)
    old = inbox.token()
    await person.call("PATCH", "/me", {"email": "davis@example.org"})
    await drained(mailing)
    await person.call("POST", "/email-verification/confirm", {"token": inbox.token()})
    body = {"token": old, "password": OTHER_PASSWORD}
    assert (await mailing.call("POST", "/password-reset/confirm", body)).problem == "link-rejected"
    await mailing.sign_in("davis@example.org")


async def test_a_link_does_what_it_was_sent_for_only(mailing: Site, inbox: Inbox) -> None:
    await mailing.register(MILES)
    await drained(mailing)
    reply = await mailing.call(
        "POST", "/password-reset/confirm", {"token": inbox.token(), "password": OTHER_PASSWORD}
    )
    assert reply.problem == "link-rejected"


async def test_a_new_address_is_in_force_once_it_is_confirmed(mailing: Site, inbox: Inbox) -> None:
    await confirmed(mailing, inbox)
    person = await mailing.sign_in()
    changed = await person.call("PATCH", "/me", {"email": "davis@example.org"})
    assert (changed.status, changed.body["email_pending"]) == (200, True)
    assert changed.body["me"]["user"]["email"] == MILES
    await drained(mailing)
    assert inbox.mails[-1]["To"] == "davis@example.org"
    assert (await person.call("POST", "/email-verification/confirm", {"token": inbox.token()})).status == 204
    await mailing.sign_in("davis@example.org")


async def test_a_new_address_that_another_has_looks_alike_and_its_owner_is_told(
    mailing: Site, inbox: Inbox
) -> None:
    await confirmed(mailing, inbox, "coltrane@example.org")
    await confirmed(mailing, inbox)
    person = await mailing.sign_in()
    taken = await person.call("PATCH", "/me", {"email": "coltrane@example.org"})
    assert (taken.status, taken.body["email_pending"]) == (200, True)
    await drained(mailing)
    assert (inbox.mails[-1]["To"], inbox.mails[-1]["Subject"]) == (
        "coltrane@example.org",
        "You have an account already",
    )


async def test_a_changed_password_is_told_by_mail(mailing: Site, inbox: Inbox) -> None:
    await confirmed(mailing, inbox)
    person = await mailing.sign_in()
    await person.call("PATCH", "/me", {"password": OTHER_PASSWORD})
    await drained(mailing)
    assert "password was changed" in inbox.newest()
    assert OTHER_PASSWORD not in inbox.newest()


async def test_five_mails_an_hour_can_be_asked_for(mailing: Site) -> None:
    answers = [(await mailing.call("POST", "/password-reset", {"email": MILES})).status for _ in range(6)]
    assert answers == [202] * 5 + [429]


async def test_neither_links_nor_the_servers_password_are_logged(
    serve: Serve, smtp: Controller, inbox: Inbox
) -> None:
    with structlog.testing.capture_logs() as events:
        async with serving(serve, smtp) as site:
            await site.register(MILES)
            await drained(site)
    written = repr(events)
    assert "mail_sent" in written
    for secret in (inbox.token(), "pass/word", "pass%2Fword", MILES):
        assert secret not in written


@pytest.mark.parametrize("path", ["/password-reset", "/email-verification"])
async def test_without_a_mail_server_it_says_so(site: Site, path: str) -> None:
    await site.register()
    answers = [(await site.call("POST", path, {"email": email})) for email in (MILES, "nobody@example.org")]
    assert [(reply.status, reply.problem) for reply in answers] == [(403, "mail-off")] * 2


async def test_a_demonstration_logs_the_link_and_waits_for_no_confirmation(serve: Serve) -> None:
    with structlog.testing.capture_logs() as events:
        async with serve(demo=True, demo_artist=False) as site:
            await site.person()
            await site.call("POST", "/password-reset", {"email": MILES})
            await drained(site)
            (link,) = [
                event["link"]
                for event in events
                if event["event"] == "demo_mail" and "password" in event["subject"]
            ]
            assert link.startswith(f"{site.origin}/account/reset#token=")
            body = {"token": link.partition("#token=")[2], "password": OTHER_PASSWORD}
            assert (await site.call("POST", "/password-reset/confirm", body)).status == 204
            await site.sign_in(password=OTHER_PASSWORD)


MAIL = Mail(MILES, "Subject", "Text")


async def test_a_mail_that_does_not_get_through_is_tried_again(inbox: Inbox, smtp: Controller) -> None:
    from accounts.mail import SmtpDelivery

    inbox.refuse = 2
    delivery = SmtpDelivery(f"smtp://stage:pass%2Fword@127.0.0.1:{smtp.port}", "stage@example.org")
    queue = MailQueue(delivery, retry_after_s=0.0)
    task = asyncio.create_task(queue.run())
    queue.send(MAIL)
    async with asyncio.timeout(20):
        await queue.drained()
    assert len(inbox.mails) == 1
    task.cancel()


class Broken:
    def __init__(self) -> None:
        self.attempts = 0

    async def deliver(self, _mail: Mail) -> None:
        self.attempts += 1
        raise aiosmtplib.SMTPConnectError("no")


async def test_a_mail_that_never_gets_through_does_not_stop_the_next() -> None:
    broken = Broken()
    queue = MailQueue(broken, retry_after_s=0.0)

    async def fails() -> Mail | None:
        raise OSError("the database is away")

    queue.post(fails)
    queue.send(MAIL)
    queue.send(MAIL)
    task = asyncio.create_task(queue.run())
    await queue.drained()
    assert broken.attempts == 6
    task.cancel()


async def test_a_full_queue_drops_the_newest() -> None:
    queue = MailQueue(Broken())
    with structlog.testing.capture_logs() as events:
        for _ in range(MAX_WAITING + 2):
            queue.send(MAIL)
    assert [event["event"] for event in events] == ["mail_dropped"] * 2
