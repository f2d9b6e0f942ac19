"""The dashboard: the fleet on a terminal, over HTTP only."""
