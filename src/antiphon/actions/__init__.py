"""Every verb once: what people, programs, Claude's sessions and schedules may ask for, as plain functions.

An action takes what it works with, who asks, and typed arguments; it checks access, and returns a value or raises
`Refused` with a typed reason. What changes something takes a key: the same key twice does it once. May not know:
Discord, HTTP, the Claude SDK, SQL, and the text that anybody reads.
"""
