"""``harmonie serve``: the application, and what a person at the terminal reads when it listens."""

import resource

from aiohttp import web

from config import Settings
from recorder.transcode.trial import DEFAULT_ENCODER, check_encoder
from server.app import make_app
from server.app_keys import DEMO, TASKS
from server.demo import DEMO_CHANNEL, DEMO_KEY, STAGE_CHANNEL, Demo, artist_available, keep_artist_playing
from server.errors import WrongPageDirError
from server.pages import INDEX, default_page_dir
from server.serve import serve

MANY_FILES = 65_536


async def serve_until_stopped(settings: Settings) -> None:
    """``harmonie serve``. Raises ``WrongPageDirError``, ``EncoderUnusable``, and what ``serve`` raises."""
    page_dir = settings.page_dir
    if page_dir is not None and not (page_dir / INDEX).is_file():
        raise WrongPageDirError(
            f"page_dir: there is no {INDEX} in {page_dir}; expected the directory of the built pages"
            f" (by default {default_page_dir()})"
        )

    if "off" not in settings.transcode and settings.transcode_encoder != DEFAULT_ENCODER:
        await check_encoder(settings.transcode_encoder)
    _allow_many_files()

    async def when_listening(app: web.Application, base_url: str) -> None:
        demo = app[DEMO]
        if demo is not None:
            _start_demo(app, settings, base_url, demo)
        else:
            print(f"\nHarmonie is on {base_url}\n", flush=True)

    chain = None
    if settings.demo:
        from server.demo_chain import prepare_demo_chain

        chain = prepare_demo_chain(settings)
        settings = settings if chain is None else chain.configured(settings)
    await serve(make_app(settings, demo_chain=chain), settings, when_listening)


def _allow_many_files() -> None:
    """Every connection is a file, and the usual limit of 1,024 is one that a process may raise for itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _start_demo(app: web.Application, settings: Settings, base_url: str, demo: Demo) -> None:
    if settings.demo_artist and artist_available():
        tasks = app[TASKS]
        tasks.start("demo_artist", keep_artist_playing(f"{base_url}/whip/{STAGE_CHANNEL}", demo.stage_key))
    print(
        f"""
  Harmonie is running as a DEMONSTRATION. Anyone who can reach it may publish with
  the key {DEMO_KEY!r}: it is not for the internet.

    Home     {base_url}/
    Studio   {base_url}/studio?channel={DEMO_CHANNEL}#key={DEMO_KEY}
    Channel  {base_url}/{STAGE_CHANNEL}
    Tips     {_tips(settings, demo)}

  Ctrl-C stops it.
""",
        flush=True,
    )


def _tips(settings: Settings, demo: Demo) -> str:
    """In one line."""
    if demo.chain is not None:
        return "play money on a chain of this machine; the page has a wallet to try"
    if settings.tip_contract:
        return "on the chain that is configured"
    return "none: anvil, the chain to try them on, is not installed"
