"""Figures in Prometheus' format."""
