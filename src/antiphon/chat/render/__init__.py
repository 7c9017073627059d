"""What a turn looks like in Discord: pure functions from a `TurnView` to message specs. Knows no discord.py."""
