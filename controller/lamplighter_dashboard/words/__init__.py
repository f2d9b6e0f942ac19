"""What figures and states are called."""
