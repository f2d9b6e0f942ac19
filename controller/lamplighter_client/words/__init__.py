"""Words that people read, in one place."""
