"""What figures and codes are called where people read them."""
