"""Prompts that are run by the clock: what they are, and what is kept of them."""
