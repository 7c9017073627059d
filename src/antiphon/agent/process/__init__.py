"""The Claude Code process: how it is started, spoken to and ended."""
