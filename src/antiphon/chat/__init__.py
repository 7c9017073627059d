"""Discord through discord.py: take messages in, render views out, commands. The sole importer of `discord`."""
