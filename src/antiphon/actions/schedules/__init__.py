"""What is run by the clock: made, changed, looked at, and started when it is due."""
