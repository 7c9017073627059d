"""What programs may ask for, as values: scopes, notices, triggers."""
