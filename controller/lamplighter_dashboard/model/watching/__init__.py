"""What happened, as it is shown."""
