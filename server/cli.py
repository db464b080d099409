"""The command ``harmonie``: reads flags, builds settings, runs one command, turns errors into one clear line.

Exit codes: 0 done, 1 it could not be done, 2 the command line or the settings are wrong.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from config import Settings, SettingsError, load_settings, version
from config.settings import DECLARATIONS, Declaration
from infra.bus_redis import BusCannotStart
from infra.data_dir import DataDirUnusable
from infra.database import DatabaseUnavailableError, DatabaseUrlError
from infra.errors import DomainError
from infra.migrations import DatabaseTooNewError
from infra.tasks import TaskCrashed
from recorder.transcode.errors import EncoderUnusable
from server import commands
from server.errors import CannotListenError, CommandRefused, WrongPageDirError
from server.logs import configure_logs

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Run = Callable[[argparse.Namespace, Settings], int | None]

DATABASE_SETTINGS = frozenset({"data_dir", "database_url"})
LOAD_TEST = "loadtest"
ACCOUNT_SETTINGS = DATABASE_SETTINGS | {"secret_key"}


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == [LOAD_TEST]:
        # It knows nothing of the server, so it is a program of its own.
        os.execv(sys.executable, [sys.executable, "-m", LOAD_TEST, *words[1:]])  # noqa: S606 (no shell, our own program)
    parsed = _parser().parse_args(words)
    flags = {
        name.removeprefix("setting_"): value
        for name, value in vars(parsed).items()
        if name.startswith("setting_") and value is not None
    }
    try:
        settings = load_settings(flags=flags, environment=os.environ, config_file=parsed.config)
    except SettingsError as error:
        return _fail(str(error), 2)
    configure_logs(
        settings.log_level if parsed.run is _serve else "warning",
        settings.log_format,
        addresses=settings.log_addresses,
    )
    try:
        code: int | None = parsed.run(parsed, settings)
    except DatabaseUrlError as error:
        return _fail(f"database_url: {error}", 2)
    except EncoderUnusable as error:
        return _fail(f"transcode_encoder: {error}", 2)
    except WrongPageDirError as error:
        return _fail(str(error), 2)
    except (
        BusCannotStart,
        CannotListenError,
        DataDirUnusable,
        CommandRefused,
        DatabaseUnavailableError,
        DatabaseTooNewError,
        DomainError,
    ) as error:
        return _fail(str(error), 1)
    except TaskCrashed as error:
        return _fail(f"the background task {error} crashed; the log above tells why", 1)
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)
    except KeyboardInterrupt:
        return 130
    return code or 0


def _serve(_parsed: argparse.Namespace, settings: Settings) -> None:
    # The web server, codecs and crypto take a second to import; the other commands do without.
    import uvloop

    from server.serve_command import serve_until_stopped

    uvloop.run(serve_until_stopped(settings))


def _channel_add(parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.add_channel(settings, parsed.name, parsed.title, parsed.owner))


def _channel_owner(parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.set_owner(settings, parsed.name, None if parsed.nobody else parsed.email))


def _channel_list(_parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.list_channels(settings))


def _channel_key(parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.rotate_key(settings, parsed.name))


def _channel_remove(parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.remove_channel(settings, parsed.name, yes=parsed.yes))


def _db_upgrade(_parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.upgrade_database(settings))


def _account(
    command: Callable[[ModuleType, argparse.Namespace, Settings], Coroutine[Any, Any, object]],
) -> Run:
    """A command about accounts. What it needs takes a while to import; the other commands do without."""

    def run(parsed: argparse.Namespace, settings: Settings) -> int | None:
        from server import account_commands

        result = asyncio.run(command(account_commands, parsed, settings))
        return 1 if result is False else None

    return run


def _fail(message: str, code: int) -> int:
    print(f"harmonie: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="harmonie", description="A self-hosted live stage for musicians.")
    parser.add_argument("--version", action="version", version=f"harmonie {version()}")
    commands_ = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = commands_.add_parser("serve", help="run the server")
    _add_settings(serve, DECLARATIONS)
    serve.set_defaults(run=_serve)
    commands_.add_parser(LOAD_TEST, help="play artists, viewers, chatters and tippers against a server")

    database = [each for each in DECLARATIONS if each.name in DATABASE_SETTINGS]
    channel = commands_.add_parser(
        "channel", help="add, list and remove channels, replace a stream key, say whose they are"
    )
    actions = channel.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a channel and show its stream key, once")
    add.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens; the page is /NAME")
    add.add_argument("--title", metavar="TEXT", help="what viewers read; the name when not given")
    add.add_argument("--owner", metavar="EMAIL", help="whose channel it is: address or id of an account")
    add.set_defaults(run=_channel_add)
    list_ = actions.add_parser("list", help="list the channels")
    list_.set_defaults(run=_channel_list)
    key = actions.add_parser("key", help="replace a channel's stream key and show the new one, once")
    key.add_argument("name", metavar="NAME")
    key.set_defaults(run=_channel_key)
    owner = actions.add_parser("owner", help="say whose channel it is")
    owner.add_argument("name", metavar="NAME")
    whose = owner.add_mutually_exclusive_group(required=True)
    whose.add_argument("email", metavar="EMAIL", nargs="?", help="address or id of an account")
    whose.add_argument("--nobody", action="store_true", help="only the command line and admins look after it")
    owner.set_defaults(run=_channel_owner)
    remove = actions.add_parser("remove", help="delete a channel; a broadcast on it ends")
    remove.add_argument("name", metavar="NAME")
    _add_yes(remove)
    remove.set_defaults(run=_channel_remove)

    account_actions = _add_account_commands(commands_)

    db = commands_.add_parser("db", help="look after the database")
    db_actions = db.add_subparsers(metavar="ACTION", required=True)
    upgrade = db_actions.add_parser("upgrade", help="bring the tables up to date (serve does it as well)")
    upgrade.set_defaults(run=_db_upgrade)
    for action in (add, list_, key, owner, remove, upgrade):
        _add_settings(action, database)
    for action in account_actions:
        _add_settings(action, [each for each in DECLARATIONS if each.name in ACCOUNT_SETTINGS])
    return parser


def _add_account_commands(commands_: "Subparsers") -> list[argparse.ArgumentParser]:
    user = commands_.add_parser(
        "user", help="add, list, suspend and remove people, make an admin, set roles and passwords"
    )
    users = user.add_subparsers(metavar="ACTION", required=True)
    add = users.add_parser(
        "add", help="add somebody; the password is typed, or the first line of standard input"
    )
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--role", metavar="ROLE", default="user", help="user, artist or admin")
    add.add_argument(
        "--name", metavar="NAME", help="what others read; what stands before the @ when not given"
    )
    add.set_defaults(run=_account(lambda do, args, to: do.add_user(to, args.email, args.role, args.name)))
    admin = users.add_parser("admin", help="make somebody an admin, adding them when they are not there yet")
    admin.add_argument("email", metavar="EMAIL")
    admin.set_defaults(run=_account(lambda do, args, to: do.make_admin(to, args.email)))
    list_ = users.add_parser("list", help="list people by the time they joined")
    list_.add_argument(
        "search",
        metavar="SEARCH",
        nargs="?",
        help="part of an address or name, the beginning of an id, a wallet",
    )
    list_.set_defaults(run=_account(lambda do, args, to: do.list_users(to, args.search)))
    role = _about_somebody(users, "role", "say what somebody is")
    role.add_argument("role", metavar="ROLE", help="user, artist or admin")
    role.set_defaults(run=_account(lambda do, args, to: do.set_role(to, args.who, args.role)))
    password = _about_somebody(users, "password", "set somebody's password and sign them out everywhere")
    password.set_defaults(run=_account(lambda do, args, to: do.set_password(to, args.who)))
    suspend = _about_somebody(users, "suspend", "let somebody do nothing any more, for now")
    suspend.set_defaults(run=_account(lambda do, args, to: do.suspend(to, args.who)))
    unsuspend = _about_somebody(users, "unsuspend", "let somebody in again")
    unsuspend.set_defaults(run=_account(lambda do, args, to: do.unsuspend(to, args.who)))
    sign_out = _about_somebody(users, "sign-out", "sign somebody out everywhere")
    sign_out.set_defaults(run=_account(lambda do, args, to: do.sign_out(to, args.who)))
    lost = _about_somebody(users, "remove-second-factor", "for somebody who lost phone and recovery codes")
    lost.set_defaults(run=_account(lambda do, args, to: do.remove_second_factor(to, args.who)))
    remove = _about_somebody(users, "remove", "delete somebody's account, and their channels with it")
    _add_yes(remove)
    remove.set_defaults(run=_account(lambda do, args, to: do.remove_user(to, args.who, yes=args.yes)))

    keys = commands_.add_parser("keys", help="look after the keys that sign access tokens")
    key_actions = keys.add_subparsers(metavar="ACTION", required=True)
    rotate = key_actions.add_parser("rotate", help="sign with a new key from now on")
    rotate.add_argument("--at-once", action="store_true", help="let no token signed before hold any longer")
    rotate.set_defaults(run=_account(lambda do, args, to: do.rotate_signing_keys(to, at_once=args.at_once)))

    audit = commands_.add_parser("audit", help="look after the audit log")
    audit_actions = audit.add_subparsers(metavar="ACTION", required=True)
    verify = audit_actions.add_parser("verify", help="check that no entry was changed or removed")
    verify.add_argument("--head", metavar="SEQ:HASH", type=_head, help="an entry that has to be there")
    verify.set_defaults(run=_account(lambda do, args, to: do.verify_audit(to, args.head)))
    people = [add, admin, list_, role, password, suspend, unsuspend, sign_out, lost, remove]
    return [*people, rotate, verify]


def _about_somebody(users: "Subparsers", action: str, help_text: str) -> argparse.ArgumentParser:
    parser = users.add_parser(action, help=help_text)
    parser.add_argument("who", metavar="EMAIL", help="address or id of an account")
    return parser


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do it without asking")


def _head(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text) is None:
        raise argparse.ArgumentTypeError("expected a number, a colon and 64 hexadecimal digits")
    return text


def _add_settings(parser: argparse.ArgumentParser, declarations: Sequence[Declaration]) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        help="configuration file (default: HARMONIE_CONFIG, else harmonie.toml here)",
    )
    group = parser.add_argument_group("settings", "each is also a key in harmonie.toml and HARMONIE_<NAME>")
    for each in declarations:
        help_text = each.help.replace("`", "").replace("%", "%%")
        if each.kind.is_switch:
            group.add_argument(
                each.flag,
                dest=f"setting_{each.name}",
                action=argparse.BooleanOptionalAction,
                default=None,
                help=help_text,
            )
        else:
            group.add_argument(
                each.flag, dest=f"setting_{each.name}", metavar=each.kind.metavar, help=help_text
            )


if __name__ == "__main__":
    sys.exit(main())
