"""Stay connected to Discord, within its limits, and know when not."""
