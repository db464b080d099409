"""Settings from four places, the later one winning: defaults, ``harmonie.toml``, the environment, flags.

A variable that is empty, or nothing but spaces, counts as not set: that is how variables are unset in many places.
Anything wrong (a value, a key nobody declared, a file that cannot be read) raises ``SettingsError`` with the key,
where it came from and what was expected. Values of secret settings are never repeated in a message.
"""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.settings import DECLARATIONS, ENVIRONMENT_PREFIX, Declaration, Settings

CONFIG_VARIABLE = ENVIRONMENT_PREFIX + "CONFIG"
DEFAULT_FILE = Path("harmonie.toml")
# Variables with our prefix that are not settings of the server: the key given to a publishing process, and where
# the pages' development server finds us.
OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, "HARMONIE_STREAM_KEY", "HARMONIE_DEV_SERVER"})
_BY_NAME = {each.name: each for each in DECLARATIONS}


class SettingsError(Exception):
    """A setting is wrong; the message is one line for the person who starts the server."""


def load_settings(
    *,
    flags: Mapping[str, str | bool] | None = None,
    environment: Mapping[str, str],
    config_file: Path | None = None,
) -> Settings:
    """Reads and checks every setting.

    ``flags`` maps names of settings to text (or to a bool for a switch); ``config_file`` is the path given by
    ``--config``. Raises ``SettingsError``.
    """
    values: dict[str, Any] = {}
    values |= _from_file(_config_path(config_file, environment))
    values |= _from_environment(environment)
    values |= _from_flags(flags or {})
    if values.get("demo") and "host" not in values:
        values["host"] = "127.0.0.1"
    settings = Settings(**values)
    if settings.smtp_url and not (settings.public_url and settings.mail_from):
        raise SettingsError(
            "smtp_url needs public_url (links in mails lead there) and mail_from (their sender)"
        )
    if settings.tip_contract and not settings.chain_rpc_url:
        raise SettingsError("tip_contract needs chain_rpc_url (a node of the chain it is on)")
    return settings


def _config_path(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = given or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    if named is not None:
        return named
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"cannot read the configuration file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    values = {}
    for name, value in content.items():
        declaration = _BY_NAME.get(name)
        if declaration is None:
            raise SettingsError(f"{path} has the unknown setting {name!r}{_suggestion(name, list(_BY_NAME))}")
        values[name] = _read(declaration, value, declaration.kind.from_toml, f"{name} in {path}")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    by_variable = {each.environment_name: each for each in DECLARATIONS}
    values = {}
    for variable, value in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in OTHER_VARIABLES:
            continue
        declaration = by_variable.get(variable)
        if declaration is None:
            hint = _suggestion(variable, list(by_variable))
            raise SettingsError(f"the environment has the unknown setting {variable}{hint}")
        if not value.strip():
            continue
        where = f"{variable} in the environment"
        values[declaration.name] = _read(declaration, value, declaration.kind.from_text, where)
    return values


def _from_flags(flags: Mapping[str, str | bool]) -> dict[str, Any]:
    values = {}
    for name, value in flags.items():
        declaration = _BY_NAME[name]
        if isinstance(value, bool):
            values[name] = value
        else:
            values[name] = _read(declaration, value, declaration.kind.from_text, declaration.flag)
    return values


def _read(declaration: Declaration, value: Any, reader: Any, where: str) -> Any:
    try:
        return reader(value)
    except (ValueError, TypeError):
        got = "" if declaration.secret else f", not {value!r}"
        raise SettingsError(f"{where}: expected {declaration.kind.expected}{got}") from None


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
