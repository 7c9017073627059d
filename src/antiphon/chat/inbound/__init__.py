"""What people write becomes durable calls, each accepted once."""
