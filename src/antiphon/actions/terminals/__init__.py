"""Verbs of the machine's own user: sessions in terminals become reachable, and a shell says something to a session."""
