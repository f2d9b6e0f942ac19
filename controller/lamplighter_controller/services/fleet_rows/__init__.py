"""The fleet as a table that is kept up to date while somebody looks at it."""
