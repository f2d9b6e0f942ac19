"""What crossed a street: counts of intervals, and what a traffic engineer reads from them."""
