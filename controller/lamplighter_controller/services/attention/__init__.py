"""What operators have said of notices, and what ends it."""
