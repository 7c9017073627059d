"""`antiphon demo`: the whole chain on this machine, with a local Discord and a scripted model.

Tests and benchmarks use the same parts: `process` runs a bridge as a child, `world` is all that a bridge needs.
"""
