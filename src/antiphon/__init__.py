"""Antiphon joins Claude Code to Discord, both ways."""

__version__ = "0.1.0"
