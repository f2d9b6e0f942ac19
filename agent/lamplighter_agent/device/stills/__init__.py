"""Stills: one picture for whoever draws lines, as far as the device's owner permits it."""
