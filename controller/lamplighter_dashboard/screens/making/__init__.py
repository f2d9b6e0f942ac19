"""What could be made, is being made, and is on its way."""
