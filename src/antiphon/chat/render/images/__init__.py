"""Pictures of wide tables and of diffs."""
