"""A project's repository: what differs in it, and the working trees of its sessions. The sole runner of git."""
