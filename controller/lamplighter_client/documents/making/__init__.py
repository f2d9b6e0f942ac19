"""What could be made for a device, and what is on its way to one."""
