"""Commands that show what happens, and say what is known of it already."""
