"""The mails this server writes: plain text, one link at most. A core."""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

VERIFY_PATH = "/account/verify"
RESET_PATH = "/account/reset"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person. The text may hold a link that signs in, so ``repr`` leaves it out."""

    to: str
    subject: str
    text: str = field(repr=False)
    link: str | None = field(default=None, repr=False)


def verification_mail(to: str, origin: str, token: str) -> Mail:
    """Asks a person who registered, or changed their address, to confirm it."""
    # Behind the '#': a browser sends that part to nobody, so it is in no log.
    link = f"{origin}{VERIFY_PATH}#token={token}"
    return Mail(
        to,
        "Confirm your e-mail address",
        f"Hello,\n\nconfirm that this is your address on Harmonie ({origin}):\n\n{link}\n\n"
        "The link works once, for 24 hours. If you did not ask for this, do nothing.\n",
        link,
    )


def already_registered_mail(to: str, origin: str) -> Mail:
    """Tells the owner of an account that somebody tried to register with its address."""
    return Mail(
        to,
        "You have an account already",
        f"Hello,\n\nsomebody, perhaps you, tried to make a new account on Harmonie ({origin}) with this address. "
        f"You have one already: sign in, or ask for a new password at {origin}{RESET_PATH}\n\n"
        "If it was not you, do nothing; nothing has changed.\n",
    )


def password_reset_mail(to: str, origin: str, token: str) -> Mail:
    """Lets a person choose a new password."""
    link = f"{origin}{RESET_PATH}#token={token}"
    return Mail(
        to,
        "Choose a new password",
        f"Hello,\n\nchoose a new password for Harmonie ({origin}):\n\n{link}\n\n"
        "The link works once, for one hour. If you did not ask for this, do nothing; your password stays.\n",
        link,
    )


def security_notice_mail(to: str, origin: str, what: str) -> Mail:
    """Tells a person what was changed about the protection of their account."""
    return Mail(
        to,
        "Your account was changed",
        f"Hello,\n\n{what} on your Harmonie account ({origin}).\n\n"
        f"If it was not you, choose a new password now: {origin}{RESET_PATH}\n",
    )


def compose(mail: Mail, *, sender: str, date: datetime, message_id: str) -> EmailMessage:
    """The message as it goes over the wire (RFC 5322)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message
