"""Bodies that apps and people send, checked field by field against Discord's limits."""
