"""What a network's files say of it, read before any runtime opens them, and whether it may run.

Networks come from outside. The files are read here by programs of our own, in bounds, that
understand only what they look for.
"""
