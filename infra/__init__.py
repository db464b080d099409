"""What every room stands on: database, background tasks, clock, errors. Knows no room."""
