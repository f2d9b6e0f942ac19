"""Put the services together: who gets what. Used by `bootstrap`, and by tests over fakes."""
