"""Benchmarks over a city: onboarding and recompression."""
