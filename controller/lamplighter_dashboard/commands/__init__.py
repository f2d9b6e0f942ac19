"""What can be written behind a colon."""
