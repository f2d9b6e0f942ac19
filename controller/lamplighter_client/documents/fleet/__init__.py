"""The fleet as a table, and what changes in it."""
