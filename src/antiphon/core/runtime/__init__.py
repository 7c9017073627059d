"""What is live on the worker: conversations, their processes, and the loop that feeds them."""
