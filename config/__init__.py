"""Typed settings from ``harmonie.toml``, the environment and flags. Imports nothing of ours."""

from config.ice import IceServer, parse_ice_server
from config.loading import SettingsError, load_settings
from config.settings import Settings, version

__all__ = ["IceServer", "Settings", "SettingsError", "load_settings", "parse_ice_server", "version"]
