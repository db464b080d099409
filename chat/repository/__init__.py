"""Named queries over this room's tables. The service that calls them owns the transaction."""
