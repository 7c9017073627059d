"""Letting somebody into one session: by invitation, or because of what they have written there."""
