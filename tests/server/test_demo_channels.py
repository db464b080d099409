"""The channels of the demonstration."""

from dataclasses import replace

from catalog.app_keys import CHANNELS
from chat.messages import RoomSettings
from chat.repository import rooms
from config import Settings
from server.app import make_app
from server.app_keys import DATABASE
from tests.server.conftest import Serving


async def test_guests_write_in_its_chats_until_somebody_says_otherwise(
    settings: Settings, serving: Serving
) -> None:
    settings = replace(settings, demo=True)
    app = make_app(settings)
    async with serving(app):
        for name in ("demo", "stage"):
            number = (await app[CHANNELS].get(name)).id
            async with app[DATABASE].write() as session:
                assert (await rooms.get(session, number)).settings.guests
                await rooms.set_settings(session, number, RoomSettings(slow_mode_s=5))
    app = make_app(settings)
    async with serving(app):
        number = (await app[CHANNELS].get("stage")).id
        async with app[DATABASE].read() as session:
            assert (await rooms.get(session, number)).settings == RoomSettings(slow_mode_s=5)
