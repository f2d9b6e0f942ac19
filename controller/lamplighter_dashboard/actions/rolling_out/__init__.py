"""What is done with rollouts."""
