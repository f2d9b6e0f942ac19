"""Agents are brought to the versions that a rollout has them due for."""
