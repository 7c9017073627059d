"""Guests of sessions, and strangers who want to be: values, and what the bus keeps of them."""
