"""Messages that belong to no turn, each kept as it should be: the queue, boards, lines of the coordination channel."""
