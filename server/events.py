"""The event plane as the settings want it."""

from accounts.public_origin import public_origin
from config import Settings, version
from infra.bus_memory import MemoryBus
from infra.bus_redis import RedisBus
from signaling.gateway.feature import GatewayOptions


def make_bus(redis_url: str) -> MemoryBus | RedisBus:
    """In this process, unless there is a Redis. Nothing is opened."""
    return RedisBus(redis_url) if redis_url else MemoryBus()


def gateway_options(settings: Settings) -> GatewayOptions:
    own = public_origin(settings.public_url, None) if settings.public_url else None
    return GatewayOptions(
        max_connections=settings.max_event_connections,
        max_per_address=settings.max_event_connections_per_address,
        cors_origins=settings.cors_origins,
        own_origins=() if own is None else (own,),
        version=version(),
    )
