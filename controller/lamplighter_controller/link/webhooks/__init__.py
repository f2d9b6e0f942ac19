"""Tells programs of others by HTTP what needs attention."""
