"""The report of the demo: its schema, and how it is put together and checked."""
