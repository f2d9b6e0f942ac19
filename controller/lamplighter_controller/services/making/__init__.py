"""What could be made for a device, is being made, and is on its way to one."""
