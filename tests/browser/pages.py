"""The studio and the channel page as a test drives them, in any browser.

A `Tab` is what a browser's driver offers; `Studio` and `ChannelPage` speak of what a person does and sees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

PROBE = Path(__file__).with_name("probe.js")

Stats = dict[str, Any]


class Tab(Protocol):
    """One page of a browser, with `probe.js` in it."""

    async def goto(self, url: str) -> None: ...

    async def reload(self) -> None: ...

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited when it is a promise."""

    async def click(self, selector: str) -> None: ...

    async def select(self, selector: str, value: str) -> None:
        """Choose an option of a <select>."""

    async def close(self) -> None: ...


class Page:
    """What both pages have in common."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    async def probe(self, call: str) -> Any:
        """A call of `window.probe`, null while the page is loading."""
        return await self.tab.evaluate(f"window.probe?.{call}")

    async def text(self, test_id: str) -> str:
        return str(await self.probe(f"text('{test_id}')") or "")

    async def connections(self) -> int:
        """How many peer connections this page has made since it was loaded."""
        return int(await self.probe("connections()"))


class Studio(Page):
    """The artist's page."""

    @classmethod
    async def open(
        cls,
        tab: Tab,
        server: HarmonieServer,
        channel: str,
        key: str,
        *,
        resolution: int = 360,
        bitrate_kbps: int | None = None,
        codec: str = "auto",
        music: bool = False,
    ) -> Studio:
        await tab.goto(f"{server.url}/studio?channel={channel}#key={key}")
        studio = cls(tab)
        await studio.set_up(resolution=resolution, bitrate_kbps=bitrate_kbps, codec=codec, music=music)
        return studio

    async def set_up(self, *, resolution: int, bitrate_kbps: int | None, codec: str, music: bool) -> None:
        await eventually(lambda: self.probe("state('studio')"), what="the studio")
        await self.tab.select("[data-testid=resolution]", str(resolution))
        if bitrate_kbps is not None:
            await self.tab.select("[data-testid=bitrate]", str(bitrate_kbps))
        await self.tab.select("[data-testid=codec]", codec)
        if music:
            await self.tab.click(".switch:has([data-testid=music-mode])")

    async def press(self) -> None:
        """The big button, whatever it says."""
        await self.tab.click("[data-testid=go-live]")

    async def go_live(self) -> None:
        await self.press()
        await self.until("live")

    async def until(self, state: str, *, timeout_s: float = 40.0) -> None:
        await eventually(
            lambda: self.probe("state('studio')"),
            lambda seen: seen == state,
            what=f"studio {state}",
            timeout_s=timeout_s,
        )

    async def words(self) -> str:
        """What the page says below the button."""
        return await self.text("go-live-words")

    async def sending(self, kind: str) -> Stats:
        """The outbound-rtp statistics of a kind, once there are some."""
        stats: Stats = await eventually(
            lambda: self.probe(f"sending('{kind}')"), lambda seen: seen is not None, what=f"sending {kind}"
        )
        return stats


class ChannelPage(Page):
    """The fan's page."""

    @classmethod
    async def open(cls, tab: Tab, server: HarmonieServer, channel: str) -> ChannelPage:
        await tab.goto(f"{server.url}/{channel}")
        return cls(tab)

    async def state(self) -> str | None:
        state: str | None = await self.probe("state('player')")
        return state

    async def until(self, *states: str, timeout_s: float = 40.0) -> None:
        await eventually(
            self.state, lambda seen: seen in states, what=f"player {' or '.join(states)}", timeout_s=timeout_s
        )

    async def note_states(self) -> None:
        """Every state from now on: one may have passed when somebody looks again."""
        await self.tab.evaluate(
            """(() => {
                const player = document.querySelector('[data-testid=player]');
                window.__states = [];
                new MutationObserver(() => window.__states.push(player.dataset.state))
                    .observe(player, { attributeFilter: ['data-state'] });
            })()"""
        )

    async def noted_states(self) -> list[str]:
        states: list[str] = await self.tab.evaluate("window.__states")
        return states

    async def player(self) -> Stats:
        player: Stats = await eventually(lambda: self.probe("player()"), what="the video element")
        return player

    async def until_playing(self, *, more_frames: int = 8, timeout_s: float = 40.0) -> None:
        """Live, and `more_frames` frames shown from now on."""
        await self.until("live", timeout_s=timeout_s)
        first = (await self.player())["frames"]
        await eventually(
            self.player,
            lambda seen: seen["frames"] >= first + more_frames or seen["frames"] < first,
            what=f"{more_frames} more frames",
            timeout_s=timeout_s,
        )

    async def picture(self) -> Stats:
        """The counter and colours of the picture shown now."""
        picture: Stats = await eventually(lambda: self.probe("picture()"), what="a picture")
        return picture

    async def tones(self) -> list[Stats]:
        """The loudest frequency of the left and the right ear, with its level."""
        tones: list[Stats] = await eventually(lambda: self.probe("tones()"), what="sound")
        return tones

    async def receiving(self, kind: str) -> Stats:
        """The inbound-rtp statistics of a kind, once there are some."""
        stats: Stats = await eventually(
            lambda: self.probe(f"receiving('{kind}')"),
            lambda seen: seen is not None,
            what=f"receiving {kind}",
        )
        return stats

    async def first_frame_ms(self) -> float:
        player = await eventually(
            self.player, lambda seen: seen["firstFrameMs"] is not None, what="a first frame"
        )
        return float(player["firstFrameMs"])
