"""Devices that have left the fleet."""
