"""The device's own key and certificates for it; an agent loads this when it renews them."""
