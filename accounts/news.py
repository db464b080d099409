"""What this room tells the rest of the process once it is committed (``Database.on_news``). A core."""

PROOFS_CHANGED = "proofs_changed"
"""Somebody signed out, was suspended, got another role or name: what a connection rests on may not be true any more."""
