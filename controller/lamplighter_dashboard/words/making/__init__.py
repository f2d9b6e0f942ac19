"""What is built and what travels, in words."""
