"""How fast a model reaches many devices at once: the pieces of `lamplighter bench transfer`."""
