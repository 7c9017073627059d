"""What Claude Code says, translated to the core's events."""
