"""Commands that list what the screens of the dashboard show."""
