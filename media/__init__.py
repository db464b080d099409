"""The media plane: ICE-lite, DTLS, SRTP, and the forwarding of encoded RTP packets from a publisher to its
viewers.

Nothing here decodes, encodes or records media, speaks HTTP or parses SDP.
"""
