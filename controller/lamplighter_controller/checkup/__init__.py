"""Looks at an installation of the controller, and says what to mend."""
