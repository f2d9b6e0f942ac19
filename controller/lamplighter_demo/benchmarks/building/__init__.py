"""Building variants, measured: how long it takes, and what of it a device fetches."""
