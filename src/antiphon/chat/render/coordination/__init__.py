"""Sessions at once: the board, and working trees. Pure."""
