"""The settings: one frozen value, read once. The only room that reads the environment."""

from antiphon.config.load import load
from antiphon.config.settings import Settings

__all__ = ["Settings", "load"]
