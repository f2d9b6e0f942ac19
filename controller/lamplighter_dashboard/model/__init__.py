"""What is shown, and where it comes from."""
