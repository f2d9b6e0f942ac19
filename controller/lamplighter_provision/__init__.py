"""Brings agents onto gateways: `gateway` decides what to do, `engine` does it through Docker."""
