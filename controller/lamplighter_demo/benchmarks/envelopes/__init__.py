"""Devices of several kinds, each by a real cause on this machine: what is chosen for them there."""
