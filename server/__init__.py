"""The composition root: builds the application from its rooms, serves it, and the command line. Imported by no room."""
