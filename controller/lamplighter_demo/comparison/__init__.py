"""How adapting compares with other policies: points measured, scored and replayed."""
