"""A report as one page for a browser, readable without a network."""
