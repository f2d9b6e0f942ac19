"""Acknowledging and muting."""
