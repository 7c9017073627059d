"""What the turn machine (core.turn) is made of: its state, its inputs and effects, and its rules by their subjects."""
