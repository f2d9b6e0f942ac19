"""Rollouts in words."""
