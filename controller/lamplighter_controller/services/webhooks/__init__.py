"""What is told to programs of others, to whom, and until when."""
