"""Footage that is made by command: longer than what ships, with its truth."""
