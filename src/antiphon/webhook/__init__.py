"""Discord's side of a bridge without a bot: what happens in terminals is told through a webhook, and nobody answers."""
