"""Devices that are to come."""
