"""Chunks for devices: what was asked for, and what is published when."""
