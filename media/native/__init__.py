"""The fan-out compiled: fanout.c, and what calls it."""
