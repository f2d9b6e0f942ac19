"""How a device joins a fleet, beside its one-time token: a short code, a claim, a link."""
