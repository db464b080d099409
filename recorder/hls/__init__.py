"""Live HLS with low latency: frames to fragments of MP4, playlists of them, and their way to players."""
