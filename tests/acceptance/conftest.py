"""The fixtures of the whole chain (tests/chain.py), for every test here."""

from chain import chain, limits, unstarted

__all__ = ["chain", "limits", "unstarted"]
