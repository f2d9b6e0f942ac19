"""ONVIF: asking a camera which streams it has."""
