"""What happens when something is posted, started, pressed: the rules that several routes share."""
