"""The `antiphon` command: one file for each group of its commands."""
