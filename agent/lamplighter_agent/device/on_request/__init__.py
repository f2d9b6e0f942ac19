"""What a device gives when a controller asks for it, and only then."""
