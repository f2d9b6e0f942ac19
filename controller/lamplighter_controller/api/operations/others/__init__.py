"""Programs of others: what they are told, and what they may read."""
