"""What is looked at all the time."""
