"""Measurements: figures in one run against a reference, printed with the command that produced them."""
