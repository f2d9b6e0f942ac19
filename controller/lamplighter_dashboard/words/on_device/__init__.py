"""What happened on a device, and what was said before it did."""
