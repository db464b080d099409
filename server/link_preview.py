"""What messengers and search engines are told of the page of a channel or of a replay: tags of the Open Graph protocol
(ogp.me) and of Twitter's cards, written into the head of the page, since none of them runs its scripts.

A core: no I/O. Everything a person has written is escaped, and put on one line.
"""

import html
import re
from dataclasses import dataclass
from datetime import date

SITE_NAME = "Harmonie"
DESCRIPTION_MAX_CHARACTERS = 200
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL | re.IGNORECASE)
_DESCRIPTION = re.compile(r'<meta\s+name="description"[^>]*>', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """`origin` is where people reach this server, empty when nobody has said: then there are no addresses, since those
    have to be absolute. `still` and `picture` are paths, the one wide and the other square.
    """

    origin: str
    name: str
    title: str
    description: str
    live: bool
    still: str | None
    picture: str | None
    replay: "RecordedShow | None" = None
    """What the page shows in place of the channel itself."""


@dataclass(frozen=True, slots=True)
class RecordedShow:
    """`listed`: search engines may know of it, too."""

    path: str
    on: date
    length_s: int
    listed: bool


def with_preview(page: str, preview: LinkPreview) -> str:
    """The page with the tags in its head, in place of the general title and description."""
    title = f"<title>{_escaped(_heading(preview))} · {SITE_NAME}</title>"
    described, titles = _TITLE.subn(
        lambda _: title + "".join(f"\n    {tag}" for tag in tags(preview)), page, count=1
    )
    if not titles:
        return page
    return _DESCRIPTION.sub(lambda _: _tag("name", "description", _description(preview)), described, count=1)


def tags(preview: LinkPreview) -> list[str]:
    """`<meta>` tags, ready for a page."""
    heading, description = _heading(preview), _description(preview)
    graph = {
        "og:site_name": SITE_NAME,
        "og:type": "video.other",
        "og:title": heading,
        "og:description": description,
    }
    image = preview.still or preview.picture
    card = {"twitter:card": "summary_large_image" if preview.still else "summary"}
    if preview.origin:
        path = preview.replay.path if preview.replay else f"/{preview.name}"
        graph["og:url"] = preview.origin + path
        if image is not None:
            graph["og:image"] = card["twitter:image"] = preview.origin + image
            graph["og:image:alt"] = heading
    card |= {"twitter:title": heading, "twitter:description": description}
    return [_tag("property", *each) for each in graph.items()] + [
        _tag("name", *each) for each in card.items()
    ]


def _heading(preview: LinkPreview) -> str:
    return _one_line(preview.title) or preview.name


def _description(preview: LinkPreview) -> str:
    if preview.replay is not None:
        state = f"{preview.name}, {_recorded(preview.replay)}."
    else:
        state = f"{preview.name} is live now." if preview.live else f"{preview.name} on {SITE_NAME}."
    words = f"{state} {_one_line(preview.description)}".strip()
    if len(words) <= DESCRIPTION_MAX_CHARACTERS:
        return words
    return words[: DESCRIPTION_MAX_CHARACTERS - 1].rstrip() + "…"


def _recorded(show: RecordedShow) -> str:
    minutes, seconds = divmod(show.length_s, 60)
    hours, minutes = divmod(minutes, 60)
    length = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    words = f"recorded on {show.on:%B} {show.on.day}, {show.on.year}"
    return f"{words} ({length})" if show.length_s else words


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tag(key: str, name: str, content: str) -> str:
    return f'<meta {key}="{name}" content="{_escaped(content)}" />'


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)
