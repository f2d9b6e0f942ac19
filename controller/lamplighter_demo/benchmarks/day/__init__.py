"""What a day's counts cost, and what saves of it."""
