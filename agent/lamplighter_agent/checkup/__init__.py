"""Looks at an installation, and says what to mend."""
