"""Marks of operators on notices in the database."""
