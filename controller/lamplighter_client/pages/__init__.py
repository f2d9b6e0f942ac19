"""Pages of HTML that need no network, and the pictures in them. Pure."""
