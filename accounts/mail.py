"""Sends mail over SMTP, in the background: nobody waits for a mail server, and nobody learns from how long it takes.

Jobs are a function that makes the mail, or finds that there is none to send, so that looking somebody up happens here
too. At most ``MAX_WAITING`` wait; past that the newest is dropped and logged. A failed delivery is tried again twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from email.utils import make_msgid, parseaddr
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from accounts.emails import masked
from accounts.mails import Mail, compose
from infra.clock import Clock, utc_now

_log = structlog.get_logger("mail")

MAX_WAITING = 1_000
ATTEMPTS = 3
RETRY_AFTER_S = 20.0
TIMEOUT_S = 20.0
SCHEMES = {"smtp": 587, "smtps": 465}

MailJob = Callable[[], Awaitable[Mail | None]]


class Delivery(Protocol):
    """Hands a mail to somebody who takes it to the person. Raises ``OSError`` or ``SMTPException`` when it cannot."""

    async def deliver(self, mail: Mail) -> None: ...


class SmtpDelivery:
    """Over ``smtp://user:password@host:port`` (STARTTLS when the server offers it) or ``smtps://``."""

    def __init__(self, url: str, sender: str, *, clock: Clock = utc_now) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._port = parts.port or SCHEMES[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        self._sender = sender
        self._clock = clock

    async def deliver(self, mail: Mail) -> None:
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "localhost"
        message = compose(mail, sender=self._sender, date=self._clock(), message_id=make_msgid(domain=domain))
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            timeout=TIMEOUT_S,
        )


class LogDelivery:
    """For ``--demo``, on one's own machine: the link is read in the log."""

    async def deliver(self, mail: Mail) -> None:
        _log.warning("demo_mail", to=masked(mail.to), subject=mail.subject, link=mail.link)


class MailQueue:
    """``run`` is its background task. ``delivery`` is ``None`` when mail is off."""

    def __init__(self, delivery: Delivery | None, *, retry_after_s: float = RETRY_AFTER_S) -> None:
        self._delivery = delivery
        self._retry_after_s = retry_after_s
        self._jobs: asyncio.Queue[MailJob] = asyncio.Queue(MAX_WAITING)

    @property
    def is_on(self) -> bool:
        return self._delivery is not None

    def post(self, job: MailJob) -> None:
        """Has ``job`` done soon; without a delivery it is dropped."""
        if self._delivery is None:
            return
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            _log.error("mail_dropped", waiting=self._jobs.qsize())

    def send(self, mail: Mail) -> None:
        """Has ``mail`` sent soon."""

        async def job() -> Mail | None:
            return mail

        self.post(job)

    async def drained(self) -> None:
        """Returns when everything posted so far was dealt with."""
        await self._jobs.join()

    async def run(self) -> None:
        assert self._delivery is not None
        while True:
            job = await self._jobs.get()
            try:
                mail = await job()
                if mail is not None:
                    await self._deliver(self._delivery, mail)
            except Exception:
                # One mail that cannot be made must not end all others; the database may be back for the next.
                _log.exception("mail_failed")
            finally:
                self._jobs.task_done()

    async def _deliver(self, delivery: Delivery, mail: Mail) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await delivery.deliver(mail)
            except (OSError, aiosmtplib.SMTPException) as error:
                _log.warning(
                    "mail_not_delivered", to=masked(mail.to), attempt=attempt, reason=type(error).__name__
                )
                if attempt < ATTEMPTS:
                    await asyncio.sleep(self._retry_after_s)
            else:
                _log.info("mail_sent", to=masked(mail.to), subject=mail.subject)
                return
