"""What is wrong around the bridge on this machine and in Discord, and the way out of it."""
