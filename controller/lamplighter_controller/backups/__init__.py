"""A controller's data folder in one file, and back."""
