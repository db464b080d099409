"""Synthetic publishers and viewers that speak only Harmonie's public protocol (WHIP, WHEP, WebRTC).

They measure a server from outside, so nothing here imports a room of the server: what they can do, any client
can do. They neither decode nor show media.
"""
