"""Each place in Discord converges on the newest view of its turns."""
