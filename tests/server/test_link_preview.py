"""What a messenger reads in the head of a channel's page."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from catalog.app_keys import CATALOG
from config import Settings
from recorder.recordings import Part, Previews, RecordingId, Visibility
from server.app import make_app
from server.app_keys import DATABASE
from server.link_preview import DESCRIPTION_MAX_CHARACTERS, LinkPreview, with_preview
from tests.catalog.live import Broadcast, Stage
from tests.recorder.kept import store
from tests.server.conftest import Serving

PAGE = (
    '<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n'
    '    <meta name="description" content="A stage." />\n    <title>Harmonie</title>\n'
    '    <script type="module" src="/main.js"></script>\n  </head>\n  <body></body>\n</html>\n'
)
MILES = LinkPreview(
    origin="https://stage.example.org",
    name="miles",
    title="Kind of Blue",
    description="Modal jazz.",
    live=True,
    still="/api/v1/channels/miles/still?of=1",
    picture="/pictures/00-512.webp",
)


class Head(HTMLParser):
    """Everything that is in a page, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.meta: dict[str, str] = {}
        self.title = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        name = given.get("property") or given.get("name")
        if tag == "meta" and name:
            assert name not in self.meta
            self.meta[name] = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "title":
            self.title += data.strip("\n")


def test_a_live_channel_is_told_with_its_still() -> None:
    head = Head(with_preview(PAGE, MILES))
    assert head.title.strip() == "Kind of Blue · Harmonie"
    assert head.meta == {
        "description": "miles is live now. Modal jazz.",
        "og:site_name": "Harmonie",
        "og:type": "video.other",
        "og:title": "Kind of Blue",
        "og:description": "miles is live now. Modal jazz.",
        "og:url": "https://stage.example.org/miles",
        "og:image": "https://stage.example.org/api/v1/channels/miles/still?of=1",
        "og:image:alt": "Kind of Blue",
        "twitter:card": "summary_large_image",
        "twitter:image": "https://stage.example.org/api/v1/channels/miles/still?of=1",
        "twitter:title": "Kind of Blue",
        "twitter:description": "miles is live now. Modal jazz.",
    }


def test_without_a_still_it_is_the_channels_picture_and_without_an_origin_no_address() -> None:
    offline = Head(with_preview(PAGE, replace(MILES, live=False, still=None))).meta
    assert offline["og:image"] == "https://stage.example.org/pictures/00-512.webp"
    assert (offline["twitter:card"], offline["og:description"]) == (
        "summary",
        "miles on Harmonie. Modal jazz.",
    )
    nowhere = Head(with_preview(PAGE, replace(MILES, origin="", title=""))).meta
    assert nowhere.keys().isdisjoint({"og:url", "og:image", "twitter:image"})
    assert nowhere["og:title"] == "miles"


HOSTILE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))) | st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "</title></head><body onload=x>",
        "' onerror='x",
        "&quot;&#34;&amp;lt;",
        "\\1\\g<0>",
        "<!--",
        "]]>",
        "a\nb\r\nc",
    ]
)


@given(HOSTILE, HOSTILE)
def test_whatever_people_write_stays_text(title: str, description: str) -> None:
    plain, hostile = (
        Head(with_preview(PAGE, MILES)),
        Head(with_preview(PAGE, replace(MILES, title=title, description=description))),
    )
    assert hostile.tags == plain.tags
    assert hostile.meta["og:title"] == (" ".join(title.split()) or "miles")
    assert len(hostile.meta["og:description"]) <= DESCRIPTION_MAX_CHARACTERS
    written = " ".join(description.split())
    assert hostile.meta["og:description"].removeprefix("miles is live now.").strip().rstrip("…") in written


async def test_the_server_writes_them_into_the_page(
    settings: Settings, page_dir: Path, serving: Serving
) -> None:
    (page_dir / "index.html").write_text(PAGE)
    stage = Stage()
    async with serving(
        make_app(replace(settings, public_url="https://stage.example.org"), live=stage)
    ) as client:
        assert client.app is not None
        await client.app[CATALOG].channels.add("miles", '<b>"Kind" & Blue</b>')
        offline = await client.get("/miles", headers={"Accept-Encoding": "gzip"})
        etag = offline.headers["ETag"]
        meta = Head(await offline.text()).meta
        assert (meta["og:title"], "og:image" in meta) == ('<b>"Kind" & Blue</b>', False)
        assert (await client.get("/miles", headers={"If-None-Match": etag})).status == 304
        stage.go_live("miles", Broadcast(started_at_s=5.0))
        live = await client.get("/miles", headers={"If-None-Match": etag})
        assert live.status == 200
        assert Head(await live.text()).meta["og:image"] == (
            "https://stage.example.org/api/v1/channels/miles/still?of=5"
        )
        stage.go_live("miles", Broadcast(video_codec=None))
        assert "og:image" not in Head(await (await client.get("/miles")).text()).meta
        assert Head(await (await client.get("/")).text()).meta == {"description": "A stage."}


async def test_a_replay_is_told_of_to_everyone_who_may_see_it_and_is_not_found_by_others(
    settings: Settings, page_dir: Path, serving: Serving
) -> None:
    (page_dir / "index.html").write_text(PAGE)
    part = Part(1, "part-0001-000000000.mp4", 0, 3_671_000, 7, "H264", "opus", 320, 180, "a" * 64)
    async with serving(make_app(replace(settings, public_url="https://stage.example.org"))) as client:
        assert client.app is not None
        channels = client.app[CATALOG].channels
        await channels.add("miles", "Kind of Blue")
        await channels.add("mingus", None)
        channel = await channels.get("miles")
        for visibility in Visibility:
            recording = RecordingId(f"{visibility:-<16}")
            previews = Previews(poster=visibility is Visibility.PUBLIC)
            await store(client.app[DATABASE], channel.id, visibility, recording, [part], previews)

        public = await client.get("/miles/replays/public----------")
        meta = Head(await public.text()).meta
        assert (public.status, "X-Robots-Tag" in public.headers) == (200, False)
        assert meta["og:title"] == "So What / Live"
        assert meta["og:description"] == "miles, recorded on July 1, 2026 (1:01:11)."
        assert meta["og:url"] == "https://stage.example.org/miles/replays/public----------"
        poster = "https://stage.example.org/api/v1/replays/public----------/previews/poster?expires="
        assert meta["og:image"].startswith(poster)

        unlisted = await client.get("/miles/replays/unlisted--------")
        assert (unlisted.status, unlisted.headers["X-Robots-Tag"]) == (200, "noindex")
        assert "og:image" not in Head(await unlisted.text()).meta

        for hidden in (
            "miles/replays/private---------",
            "miles/replays/none",
            "mingus/replays/public----------",
        ):
            answer = await client.get(f"/{hidden}")
            assert (answer.status, answer.headers["X-Robots-Tag"]) == (404, "noindex"), hidden
            assert await answer.text() == PAGE  # its owner's page finds out who asks, and shows it
