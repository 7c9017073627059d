"""Sessions that people run in terminals: read from their transcripts, and heard by Claude Code's hooks."""
