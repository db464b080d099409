"""The command ``harmonie``: reads flags, builds settings, runs one command, turns errors into one clear line.

Exit codes: 0 done, 1 it could not be done, 2 the command line or the settings are wrong.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from config import Settings, SettingsError, load_settings, version
from config.settings import DECLARATIONS, Declaration
from infra.database import DatabaseUnavailableError, DatabaseUrlError
from infra.errors import DomainError
from infra.migrations import DatabaseTooNewError
from infra.tasks import TaskCrashed
from server import commands
from server.errors import CannotListenError
from server.logs import configure_logs

DATABASE_SETTINGS = frozenset({"data_dir", "database_url"})


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    flags = {
        name.removeprefix("setting_"): value
        for name, value in vars(parsed).items()
        if name.startswith("setting_") and value is not None
    }
    try:
        settings = load_settings(flags=flags, environment=os.environ, config_file=parsed.config)
    except SettingsError as error:
        return _fail(str(error), 2)
    configure_logs(settings.log_level if parsed.run is _serve else "warning", settings.log_format)
    try:
        parsed.run(parsed, settings)
    except DatabaseUrlError as error:
        return _fail(f"database_url: {error}", 2)
    except (CannotListenError, DatabaseUnavailableError, DatabaseTooNewError, DomainError) as error:
        return _fail(str(error), 1)
    except TaskCrashed as error:
        return _fail(f"the background task {error} crashed; the log above tells why", 1)
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)
    except KeyboardInterrupt:
        return 130
    return 0


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


def _db_upgrade(_parsed: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(commands.upgrade_database(settings))


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

    database = [each for each in DECLARATIONS if each.name in DATABASE_SETTINGS]
    channel = commands_.add_parser(
        "channel", help="add and list channels, replace a stream key, say whose they are"
    )
    actions = channel.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a channel and show its stream key, once")
    add.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens; the page is /NAME")
    add.add_argument("--title", metavar="TEXT", help="what viewers read; the name when not given")
    add.add_argument("--owner", metavar="EMAIL", help="whose channel it is: the address of an account")
    add.set_defaults(run=_channel_add)
    list_ = actions.add_parser("list", help="list the channels")
    list_.set_defaults(run=_channel_list)
    key = actions.add_parser("key", help="replace a channel's stream key and show the new one, once")
    key.add_argument("name", metavar="NAME")
    key.set_defaults(run=_channel_key)
    owner = actions.add_parser("owner", help="say whose channel it is")
    owner.add_argument("name", metavar="NAME")
    whose = owner.add_mutually_exclusive_group(required=True)
    whose.add_argument("email", metavar="EMAIL", nargs="?", help="the address of an account")
    whose.add_argument("--nobody", action="store_true", help="only the command line and admins look after it")
    owner.set_defaults(run=_channel_owner)

    db = commands_.add_parser("db", help="look after the database")
    db_actions = db.add_subparsers(metavar="ACTION", required=True)
    upgrade = db_actions.add_parser("upgrade", help="bring the tables up to date (serve does it as well)")
    upgrade.set_defaults(run=_db_upgrade)
    for action in (add, list_, key, owner, upgrade):
        _add_settings(action, database)
    return parser


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
