"""Lines that begin with a slash: commands for people who like to type. A core: text in, what is meant out.

``parse`` knows the grammar only; who is meant and whether it is allowed is for others to say.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chat.text import split_name
from infra.command_errors import CommandMalformed

_DURATION = re.compile(r"(\d{1,9})([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DEFAULT_TIMEOUT_S = 600
DEFAULT_SLOW_S = 30
DEFAULT_POLL_S = 120


@dataclass(frozen=True, slots=True)
class Action:
    """``/me waves``."""

    text: str


@dataclass(frozen=True, slots=True)
class Announce:
    text: str


@dataclass(frozen=True, slots=True)
class TimeOut:
    name: str
    duration_s: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ban:
    name: str
    duration_s: int | None
    reason: str
    address: bool = False


@dataclass(frozen=True, slots=True)
class Unban:
    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    name: str | None


@dataclass(frozen=True, slots=True)
class Set:
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pin:
    """The line to pin; ``None`` for one's own last."""

    message: str | None


@dataclass(frozen=True, slots=True)
class Unpin:
    pass


@dataclass(frozen=True, slots=True)
class OpenPoll:
    question: str
    options: tuple[str, ...]
    duration_s: int


@dataclass(frozen=True, slots=True)
class ClosePoll:
    pass


@dataclass(frozen=True, slots=True)
class Note:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Ignore:
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Help:
    words: str


Slash = (
    Action
    | Announce
    | TimeOut
    | Ban
    | Unban
    | Clear
    | Set
    | Pin
    | Unpin
    | OpenPoll
    | ClosePoll
    | Note
    | Ignore
    | Help
)

People = Sequence[str]


def is_slash(text: str) -> bool:
    return text.startswith("/")


def parse(text: str, people: People = ()) -> Slash:
    """``text`` begins with a slash; ``people`` are names there are, because names may hold spaces.

    Raises ``CommandMalformed`` with words on how it is written.
    """
    word, _, rest = text[1:].partition(" ")
    known = _COMMANDS.get(word.lower())
    if known is None:
        raise CommandMalformed(f"there is no /{word[:20]}; /help tells what there is")
    return known(rest.strip(), people)


def duration_s(text: str) -> int | None:
    """``90``, ``90s``, ``10m``, ``2h``, ``7d`` in seconds; ``None`` when it is no such thing."""
    match = _DURATION.fullmatch(text.lower())
    return None if match is None else int(match[1]) * _UNITS[match[2]]


def _action(rest: str, _people: People) -> Slash:
    return Action(_needed(rest, "/me TEXT"))


def _announce(rest: str, _people: People) -> Slash:
    return Announce(_needed(rest, "/announce TEXT"))


def _time_out(rest: str, people: People) -> Slash:
    name, rest = split_name(_needed(rest, "/timeout NAME [10m] [REASON]"), people)
    length, reason = _leading_duration(rest)
    return TimeOut(name, DEFAULT_TIMEOUT_S if length is None else length, reason)


def _ban(rest: str, people: People) -> Slash:
    name, rest = split_name(_needed(rest, "/ban NAME [7d] [REASON]"), people)
    length, reason = _leading_duration(rest)
    return Ban(name, length, reason)


def _ban_address(rest: str, people: People) -> Slash:
    name, rest = split_name(_needed(rest, "/banaddress NAME [1d] [REASON]"), people)
    length, reason = _leading_duration(rest)
    return Ban(name, length, reason, address=True)


def _unban(rest: str, people: People) -> Slash:
    return Unban(split_name(_needed(rest, "/unban NAME"), people)[0])


def _clear(rest: str, people: People) -> Slash:
    return Clear(split_name(rest, people)[0] if rest else None)


def _slow(rest: str, _people: People) -> Slash:
    if rest.lower() in ("off", "0"):
        return Set({"slow_mode_s": 0})
    return Set({"slow_mode_s": _duration_or(rest, DEFAULT_SLOW_S, "/slow [30s|off]")})


def _followers(rest: str, _people: People) -> Slash:
    if rest.lower() == "off":
        return Set({"followers_only_s": None})
    return Set({"followers_only_s": _duration_or(rest, 0, "/followers [10m|off]")})


def _switch(setting: str, command: str) -> Callable[[str, People], Slash]:
    def parse_switch(rest: str, _people: People) -> Slash:
        if rest.lower() not in ("", "on", "off"):
            raise CommandMalformed(f"write {command} [on|off]")
        return Set({setting: rest.lower() != "off"})

    return parse_switch


def _links(rest: str, _people: People) -> Slash:
    if rest.lower() not in ("allow", "hold", "block"):
        raise CommandMalformed("write /links allow, /links hold or /links block")
    return Set({"links": rest.lower()})


def _turn_off(setting: str, value: object) -> Callable[[str, People], Slash]:
    return lambda _rest, _people: Set({setting: value})


def _pin(rest: str, _people: People) -> Slash:
    return Pin(rest or None)


def _unpin(_rest: str, _people: People) -> Slash:
    return Unpin()


def _poll(rest: str, _people: People) -> Slash:
    words, *options = (part.strip() for part in _needed(rest, _POLL).split("|"))
    length = DEFAULT_POLL_S
    if options and (given := duration_s(options[-1])) is not None and len(options) > 2:
        length = given
        options.pop()
    if not words or len(options) < 2:
        raise CommandMalformed(f"write {_POLL}")
    return OpenPoll(words, tuple(options), length)


def _close_poll(_rest: str, _people: People) -> Slash:
    return ClosePoll()


def _note(rest: str, people: People) -> Slash:
    name, text = split_name(_needed(rest, "/note NAME TEXT"), people)
    return Note(name, _needed(text, "/note NAME TEXT"))


def _ignore(rest: str, people: People) -> Slash:
    return Ignore(split_name(_needed(rest, "/ignore NAME"), people)[0], on=True)


def _unignore(rest: str, people: People) -> Slash:
    return Ignore(split_name(_needed(rest, "/unignore NAME"), people)[0], on=False)


def _help(_rest: str, _people: People) -> Slash:
    return Help(" ".join(f"/{name}" for name in _COMMANDS))


def _needed(text: str, usage: str) -> str:
    if not text:
        raise CommandMalformed(f"write {usage}")
    return text


def _leading_duration(rest: str) -> tuple[int | None, str]:
    first, _, reason = rest.partition(" ")
    length = duration_s(first)
    return (None, rest) if length is None else (length, reason.strip())


def _duration_or(rest: str, default: int, usage: str) -> int:
    if not rest or rest.lower() == "on":
        return default
    length = duration_s(rest)
    if length is None:
        raise CommandMalformed(f"write {usage}")
    return length


_POLL = "/poll QUESTION | ONE | OTHER [| 2m]"

_COMMANDS: dict[str, Callable[[str, People], Slash]] = {
    "me": _action,
    "announce": _announce,
    "timeout": _time_out,
    "untimeout": _unban,
    "ban": _ban,
    "banaddress": _ban_address,
    "unban": _unban,
    "clear": _clear,
    "slow": _slow,
    "slowoff": _turn_off("slow_mode_s", 0),
    "followers": _followers,
    "followersoff": _turn_off("followers_only_s", None),
    "supporters": _switch("supporters_only", "/supporters"),
    "emoteonly": _switch("emote_only", "/emoteonly"),
    "emoteonlyoff": _turn_off("emote_only", False),
    "unique": _switch("unique_messages", "/unique"),
    "uniqueoff": _turn_off("unique_messages", False),
    "links": _links,
    "pin": _pin,
    "unpin": _unpin,
    "poll": _poll,
    "endpoll": _close_poll,
    "note": _note,
    "ignore": _ignore,
    "unignore": _unignore,
    "help": _help,
}
