"""Objects as they go over the wire. Complete, since discord.py ends its client at the first missing field."""
