"""Text for Discord: split at its limits, made readable on a phone, escaped and redacted. Pure."""
