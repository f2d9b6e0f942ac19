"""What crossed the streets: read for operators."""
