"""`antiphon demo`: the whole chain on this machine, with a local Discord and a scripted model.

Tests and benchmarks stand on the same pieces: `process` runs a bridge as a child, `world` is all that a bridge needs.
"""
