"""WHIP and WHEP over HTTP: SDP offers in, sessions of the media plane and SDP answers out.

Nothing here touches packets; `media` does.
"""
