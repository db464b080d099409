"""Every show kept: RTP packets become encoded frames, frames become files. Nothing is decoded or encoded on the way."""
