"""The event socket ``/ws``: connections, the rooms they are in, commands in, events out.

What a room is and what its commands do is known to its owner alone (``infra.rooms``); this package knows connections.
"""
