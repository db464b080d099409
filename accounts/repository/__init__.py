"""Named queries over this room's tables, a module for each kind of thing. The services own the transactions."""
