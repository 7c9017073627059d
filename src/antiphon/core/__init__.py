"""What a bridge is: the values, the live conversation, who may do what. Standard library only, no I/O."""
