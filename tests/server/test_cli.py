"""The commands beside ``serve``, in a real process."""

import re

from tests.server.conftest import Harmonie


async def test_a_channel_is_added_and_its_key_is_shown_once(harmonie: Harmonie) -> None:
    code, out, err = await harmonie.run("channel", "add", "miles", "--title", "Kind of Blue")
    assert (code, err) == (0, "")
    key = re.search(r"Stream key: (\S{43})\n", out)
    assert key is not None
    assert "cannot be shown again" in out
    code, out, _ = await harmonie.run("channel", "list")
    assert code == 0
    assert re.fullmatch(r"miles  \d{4}-\d\d-\d\d  Kind of Blue\n", out)
    assert key[1] not in out


async def test_a_key_is_replaced(harmonie: Harmonie) -> None:
    _, first, _ = await harmonie.run("channel", "add", "miles")
    code, second, _ = await harmonie.run("channel", "key", "miles")
    assert code == 0
    assert "no longer works" in second
    assert key_in(first) != key_in(second)


async def test_no_channels_yet_says_how_to_add_one(harmonie: Harmonie) -> None:
    code, out, _ = await harmonie.run("channel", "list")
    assert code == 0
    assert "harmonie channel add" in out


async def test_what_cannot_be_done_is_one_clear_line(harmonie: Harmonie) -> None:
    await harmonie.run("channel", "add", "miles")
    for arguments, expected in (
        (("channel", "add", "miles"), "harmonie: there is a channel named 'miles' already\n"),
        (("channel", "add", "whip"), "harmonie: the name 'whip' is reserved; choose another\n"),
        (("channel", "key", "nobody"), "harmonie: there is no channel named 'nobody'\n"),
    ):
        assert await harmonie.run(*arguments) == (1, "", expected)


async def test_the_database_is_upgraded_once(harmonie: Harmonie) -> None:
    assert "from revision none" in (await harmonie.run("db", "upgrade"))[1]
    assert "up to date" in (await harmonie.run("db", "upgrade"))[1]


async def test_help_and_version_and_a_wrong_command(harmonie: Harmonie) -> None:
    code, out, _ = await harmonie.run("serve", "--help")
    assert code == 0
    assert "--udp-port N" in out
    assert "--no-demo-artist" in out
    code, out, _ = await harmonie.run("--version")
    assert (code, out[:9]) == (0, "harmonie ")
    code, _, err = await harmonie.run("sing")
    assert code == 2
    assert "invalid choice: 'sing'" in err


def key_in(out: str) -> str:
    match = re.search(r"Stream key: (\S+)", out)
    assert match is not None
    return match[1]
