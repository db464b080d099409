"""Where chat's parts hang in the application; only handlers and ``feature.py`` look them up."""

from dataclasses import dataclass

from aiohttp import web

from chat.directory import ChatDirectory
from chat.guests import GuestTokens
from chat.moderators import ModeratorGate
from chat.personal_data import ChatPersonalData
from chat.retention import RetentionService
from chat.rooms import Rooms
from chat.services.counts import CountService
from chat.services.history import HistoryService
from chat.services.lines import LineService
from chat.services.moderation import ModerationService
from chat.services.text_rules import TextRules
from chat.services.viewers import ViewerService
from chat.standings import Standings


@dataclass(frozen=True, slots=True)
class Chat:
    """Everything this room does, and what others need of it."""

    directory: ChatDirectory
    rooms: Rooms
    lines: LineService
    moderation: ModerationService
    counts: CountService
    viewers: ViewerService
    history: HistoryService
    retention: RetentionService
    personal_data: ChatPersonalData
    standings: Standings
    gate: ModeratorGate
    guests: GuestTokens
    text_rules: TextRules


CHAT = web.AppKey("chat", Chat)
