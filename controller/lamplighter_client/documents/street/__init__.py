"""Documents of street data."""
