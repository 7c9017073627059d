"""What programs ask for: notices, sessions that they start, triggers that they fire."""
