"""Accounts over HTTP: each handler is given a decoded call, calls a service, renders."""
