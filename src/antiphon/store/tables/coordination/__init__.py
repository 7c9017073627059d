"""Several sessions at once: where each works, what each has claimed, read, changed and told."""
