"""Channels: what exists, who may publish to it, and what the API tells of it."""
