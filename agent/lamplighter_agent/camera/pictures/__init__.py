"""Single pictures: read, and turned upright as their cameras say."""
