"""Street data in the database, for years."""
