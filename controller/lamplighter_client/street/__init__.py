"""What can be asked of the controller about streets."""
