"""What a gateway shall run, what it runs, and the steps between the two. Pure."""
