"""Figures that are added up for whoever watches the fleet over time."""
