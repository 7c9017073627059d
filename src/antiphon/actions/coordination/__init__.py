"""Several sessions at once: where each works, and what each knows of the others."""
