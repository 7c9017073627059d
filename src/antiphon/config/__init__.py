"""The settings: one frozen value, read once. The only room that reads the environment."""
