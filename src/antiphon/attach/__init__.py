"""Terminal sessions: the plugin whose hooks Claude Code runs in them, and the endpoint that these call."""
