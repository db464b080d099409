"""What can go wrong in the recorder's cores."""


class MalformedPayload(Exception):
    """A payload does not hold what its format says. The frame it belongs to cannot be had."""
