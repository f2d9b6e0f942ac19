"""Rollouts: all of them, and the board of one."""
