"""What the gateway counts, in plain integers; ``server.metrics`` reads them when somebody scrapes."""

from dataclasses import dataclass


@dataclass(slots=True)
class GatewayStats:
    connections: int = 0
    rooms: int = 0
    """Topics somebody here is in."""
    memberships: int = 0
    """Connections in rooms: one that is in two counts twice."""
    commands_in: int = 0
    commands_refused: int = 0
    """Answered with an error."""
    events_out: int = 0
    """Events, signals and the like, before they are multiplied by those who get them."""
    frames_out: int = 0
    deliveries: int = 0
    """Events and the like times those who got them."""
    outbox_overflows: int = 0
    """Connections cut because they read too slowly."""
    silent_cut: int = 0
    """Connections cut because no pong came."""
    floods_cut: int = 0
    joins_recovered: int = 0
    """Joins that got exactly what they had missed."""
    joins_fresh: int = 0
    """Joins that got a snapshot."""
    resets: int = 0
    """Rooms whose state was sent anew, because events were lost for good."""
    refused_connections: int = 0
    """Turned away because there were too many."""
