"""What is read as it changes."""
