"""Operations on what needs attention."""
