"""Groups of devices and what they set."""
