"""Everything this package raises on purpose.

RecipesError
├── RecipeError     a recipe, model or data file that cannot be used; says which and the remedy
├── ExportError     a network cannot be turned into a servable graph
└── GateError       a variant came out less accurate than it may
"""


class RecipesError(Exception):
    """Base of all errors of this package."""


class RecipeError(RecipesError):
    """A recipe, model or data file that cannot be used.

    `text`, `file`, `key` and `remedy` are there one by one; the message holds all of them.
    """

    def __init__(self, message: str, *, file: str = "", key: str = "", remedy: str = "") -> None:
        self.text = message
        self.file = file
        self.key = key
        self.remedy = remedy
        place = f"{file}: " if file else ""
        named = f"key {key!r}: " if key else ""
        advice = f" Remedy: {remedy}" if remedy else ""
        super().__init__(f"{place}{named}{message}{advice}")


class ExportError(RecipesError):
    """A network cannot be turned into a servable graph."""


class GateError(RecipesError):
    """A variant came out less accurate than it may."""
