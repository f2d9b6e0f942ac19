"""How a device is told where to enrol."""
