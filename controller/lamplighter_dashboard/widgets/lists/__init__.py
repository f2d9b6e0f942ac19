"""Lists that fit the room there is."""
