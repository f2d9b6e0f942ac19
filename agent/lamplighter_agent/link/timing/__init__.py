"""What time it is on a device whose clock may be wrong."""
