"""Permission requests of Claude Code, and the rules that answer them."""
