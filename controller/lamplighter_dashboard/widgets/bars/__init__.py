"""The lines above and below each screen."""
