"""`lamplighter demo --scenario rollout`: models brought to a fleet while things go wrong."""
