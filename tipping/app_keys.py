"""Where tipping's parts hang in the application; only handlers and ``feature.py`` look them up."""

from dataclasses import dataclass

from aiohttp import web

from infra.outbox import Outbox
from tipping.coin_book import CoinBook
from tipping.goals import GoalService
from tipping.history import HistoryService
from tipping.overlay_room import OverlayDirectory
from tipping.overlays import OverlayService
from tipping.pending_service import PendingService
from tipping.personal_data import TippingPersonalData
from tipping.replays import TipReplays
from tipping.service import TipService
from tipping.stage_events import StageEvents
from tipping.stages import Stages
from tipping.stats import TippingStats


@dataclass(frozen=True, slots=True)
class Tipping:
    """Everything this room does, and what others need of it."""

    tips: TipService
    stages: Stages
    replays: TipReplays
    events: StageEvents
    coins: CoinBook
    pending: PendingService
    goals: GoalService
    history: HistoryService
    overlays: OverlayService
    overlay_rooms: OverlayDirectory
    personal_data: TippingPersonalData
    outbox: Outbox
    stats: TippingStats


TIPPING = web.AppKey("tipping", Tipping)
