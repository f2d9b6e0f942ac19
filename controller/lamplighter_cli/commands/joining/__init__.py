"""Commands by which devices join."""
