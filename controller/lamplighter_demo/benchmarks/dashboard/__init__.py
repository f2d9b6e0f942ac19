"""What the dashboard costs at a large fleet that does not stand still."""
