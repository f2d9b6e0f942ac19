"""What the user has set, and what is remembered."""
