"""What somebody should look at, and what the controller sees to before."""
