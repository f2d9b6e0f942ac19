"""Inventories as files: CSV for spreadsheets, YAML and JSON for repositories and programs."""
