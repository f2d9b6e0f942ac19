"""Operations on street data."""
