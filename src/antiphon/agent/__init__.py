"""Claude Code through the official SDK: build options, translate messages, hold the client.

The sole importer of `claude_agent_sdk`. Knows nothing of Discord and nothing of the database.
"""
