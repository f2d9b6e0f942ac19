"""What changes the fleet: said first, done afterwards."""
