"""Commands about what a street is counted at."""
