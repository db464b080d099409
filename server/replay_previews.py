"""What messengers are told of a recording: the page's ``ReplayPreviews``, from the recorder.

The poster's address is signed, so it holds for some hours only; whoever keeps it for longer keeps the picture itself.
"""

from collections.abc import Callable

from catalog.channel import Channel
from recorder.recordings import Visibility
from recorder.replay_views import Addresses
from recorder.replays import ReplayService
from server.link_preview import LinkPreview, RecordedShow


class Previews:
    """``origin`` is where people reach this server, or empty."""

    def __init__(self, replays: ReplayService, addresses: Callable[[], Addresses], origin: str) -> None:
        self._replays = replays
        self._addresses = addresses
        self._origin = origin.rstrip("/")

    async def get(self, channel: Channel, recording_id: str) -> LinkPreview | None:
        """``None`` for what is private, unknown or another channel's."""
        recording = await self._replays.for_everyone(recording_id)
        if recording is None or recording.channel_id != channel.id:
            return None
        return LinkPreview(
            self._origin,
            channel.name,
            recording.title or channel.title,
            channel.description,
            live=False,
            still=self._addresses().poster(recording),
            picture=None,
            replay=RecordedShow(
                f"/{channel.name}/replays/{recording.id}",
                recording.broadcast_began_at.date(),
                round(recording.duration_ms / 1000) if recording.is_ready else 0,
                recording.visibility is Visibility.PUBLIC,
            ),
        )
