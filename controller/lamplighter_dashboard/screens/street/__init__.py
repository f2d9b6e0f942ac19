"""What crosses the streets."""
