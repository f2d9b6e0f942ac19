"""Bundles brought over ssh, to many devices at once."""
