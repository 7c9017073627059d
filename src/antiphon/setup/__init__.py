"""From nothing to the first answer: the conversation that ends in a configuration."""
