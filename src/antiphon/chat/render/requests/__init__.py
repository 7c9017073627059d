"""What a person is asked for during a turn: permission, answers to questions, approval of a plan."""
