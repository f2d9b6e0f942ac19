"""Accuracy before cameras whose pictures nobody has labelled: expected, and true."""
