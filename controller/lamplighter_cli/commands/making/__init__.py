"""Commands on what could be made, is being made, and is on its way."""
