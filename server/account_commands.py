"""What the commands about people, keys and the audit log do; prints for people.

A password is typed, or read from the first line of standard input; never an argument, which others on the machine see.
"""

import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from accounts.app_keys import Accounts
from accounts.audit import COMMAND_LINE
from accounts.errors import UserNotFound
from accounts.feature import build_accounts
from accounts.identity import Role
from accounts.passwords import Passwords
from accounts.records import User
from accounts.server_secret import server_secret
from accounts.services.audit_log import AuditLog
from accounts.services.people import parse_role
from accounts.services.signing_keys import SigningKeys
from catalog.personal_data import personal_data
from catalog.service import ChannelService
from config import Settings
from infra import migrations
from infra.database import Database
from server.account_options import accounts_options
from server.commands import open_database
from server.confirmation import confirm
from server.errors import CommandRefused

_AT_A_TIME = 500


async def add_user(settings: Settings, address: str, role: str, name: str | None) -> None:
    """``harmonie user add``."""
    wanted = parse_role(role)
    async with _accounts(settings) as accounts:
        user = await accounts.people.add(address, read_password(), actor=COMMAND_LINE, role=wanted, name=name)
    _print(f"Added {_shown(user)} as {user.role.value}.")


async def make_admin(settings: Settings, address: str) -> None:
    """``harmonie user admin``: an account that is there, or a new one."""
    async with _accounts(settings) as accounts:
        try:
            user = await accounts.people.by_email(address)
        except UserNotFound:
            _print(f"Nobody has the address {address} yet: making an account.")
            password = read_password()
            user = await accounts.people.add(address, password, actor=COMMAND_LINE, role=Role.ADMIN)
        else:
            user = await accounts.people.set_role(user.id, Role.ADMIN, actor=COMMAND_LINE)
    _print(f"{_shown(user)} is an admin.")


async def list_users(settings: Settings, search: str | None) -> None:
    """``harmonie user list``."""
    async with _accounts(settings) as accounts:
        after = None
        while page := await accounts.people.page(after, _AT_A_TIME, search):
            for user in page:
                suspended = "  suspended" if user.suspended_at else ""
                _print(
                    f"{user.id}  {user.created_at:%Y-%m-%d}  {user.role.value:6}  {_shown(user)}{suspended}"
                )
            after = (page[-1].created_at, page[-1].id)
        if after is None and search:
            _print(f"Nobody is found by {search!r}.")
        elif after is None:
            _print("There are no users yet. Make the first admin: harmonie user admin EMAIL")


async def set_role(settings: Settings, who: str, role: str) -> None:
    """``harmonie user role``."""
    wanted = parse_role(role)
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.people.set_role(user.id, wanted, actor=COMMAND_LINE)
    _print(f"{_shown(user)} is {wanted.value} now.")


async def set_password(settings: Settings, who: str) -> None:
    """``harmonie user password``."""
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.account.set_password(user, read_password(), actor=COMMAND_LINE)
    _print(f"{_shown(user)} has a new password, and is signed out everywhere.")


async def suspend(settings: Settings, who: str) -> None:
    """``harmonie user suspend``."""
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.people.suspend(user.id, actor=COMMAND_LINE)
    _print(
        f"{_shown(user)} is suspended and signed out everywhere; a broadcast of theirs ends within seconds."
    )
    _print(f"To let them in again: harmonie user unsuspend {who}")


async def unsuspend(settings: Settings, who: str) -> None:
    """``harmonie user unsuspend``."""
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.people.unsuspend(user.id, actor=COMMAND_LINE)
    _print(f"{_shown(user)} may sign in again, and the stream keys of their channels work.")


async def sign_out(settings: Settings, who: str) -> None:
    """``harmonie user sign-out``."""
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.sessions.revoke_all(user.id, actor=COMMAND_LINE)
    _print(f"{_shown(user)} is signed out everywhere.")


async def remove_user(settings: Settings, who: str, *, yes: bool) -> None:
    """``harmonie user remove``."""
    async with _rooms(settings) as (accounts, channels):
        user = await accounts.people.meant(who)
        owned = [channel.name for channel in await channels.owned_by(user.id)]
        along = f" and the channels {', '.join(owned)}" if owned else ""
        confirm(f"Delete the account of {_shown(user)}{along}?", yes=yes)
        await accounts.privacy.delete(user.id, actor=COMMAND_LINE)
    _print(f"Deleted the account of {_shown(user)}{along}.")


async def remove_second_factor(settings: Settings, who: str) -> None:
    """``harmonie user remove-second-factor``."""
    async with _accounts(settings) as accounts:
        user = await accounts.people.meant(who)
        await accounts.people.remove_second_factor(user, actor=COMMAND_LINE)
    _print(f"{_shown(user)} signs in without a second factor now, and is signed out everywhere.")


async def rotate_signing_keys(settings: Settings, *, at_once: bool) -> None:
    """``harmonie keys rotate``."""
    async with _database(settings) as database:
        keys = SigningKeys(database, server_secret(settings.secret_key, settings.data_dir))
        key_id = await keys.rotate(at_once=at_once)
    _print(
        f"Access tokens are signed with the key {key_id} from now on; a running server knows within a minute."
    )
    if at_once:
        _print("Those signed before no longer hold: pages fetch a new one with their refresh cookie.")


async def verify_audit(settings: Settings, head: str | None) -> bool:
    """``harmonie audit verify``; whether the chain is whole."""
    expected = None
    if head is not None:
        seq, _, digest = head.partition(":")
        expected = (int(seq), bytes.fromhex(digest))
    async with _accounts(settings) as accounts:
        chain = await accounts.audit.check(expected)
    if chain.broken_at is not None:
        _print(f"The audit log was changed: entry {chain.broken_at} does not follow from the one before.")
    elif not chain.intact:
        _print(f"The audit log does not hold the entry {head}: its end was cut off, or it was written anew.")
    elif chain.head is None:
        _print("The audit log is empty.")
    else:
        seq_, hash_ = chain.head
        _print(f"The audit log is whole: {seq_} entries.")
        _print(f"Keep its head elsewhere, and compare it next time with --head:\n\n  {seq_}:{hash_.hex()}\n")
    return chain.intact


def read_password() -> str:
    """Typed twice, or the first line of standard input. Raises ``CommandRefused``."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandRefused("the passwords differ; nothing was changed")
    return password


def _shown(user: User) -> str:
    return user.email or user.display_name


def _print(text: str) -> None:
    print(text, file=sys.stdout, flush=True)


@asynccontextmanager
async def _accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with _rooms(settings) as (accounts, _channels):
        yield accounts


@asynccontextmanager
async def _rooms(settings: Settings) -> AsyncIterator[tuple[Accounts, ChannelService]]:
    passwords = Passwords()
    try:
        async with _database(settings) as database:
            channels = ChannelService(database, audit=AuditLog(database))
            accounts = build_accounts(
                database,
                server_secret(settings.secret_key, settings.data_dir),
                accounts_options(settings),
                passwords=passwords,
                channel_keys=channels,
            )
            accounts.personal_data.add(personal_data(database, channels, settings.data_dir))
            yield accounts, channels
    finally:
        passwords.close()


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        await migrations.upgrade(database)
        yield database
