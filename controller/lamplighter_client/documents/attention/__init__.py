"""Documents about what needs attention."""
