"""The fixtures of the whole chain (tests/chain.py), for every test here."""

from chain import allowance, chain, clock, limits, unstarted

__all__ = ["allowance", "chain", "clock", "limits", "unstarted"]
