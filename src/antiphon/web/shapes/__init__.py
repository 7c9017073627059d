"""What programs send and get: the shapes of the API, with their limits."""
