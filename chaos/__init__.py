"""Messages and faults by the hundred, from a seed; and the verdict, from what Discord and the model have on record."""
