"""The fixture of a real Claude Code (tests/studio.py), for every test here."""

from studio import studio

__all__ = ["studio"]
