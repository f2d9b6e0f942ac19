"""What stands in the way of adding a model, each with the option it is about and a remedy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from lamplighter_recipes.errors import RecipeError, RecipesError

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One of them. `field` is named as in `AddRequest`."""

    field: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}. Remedy: {self.remedy}"


class PreflightError(RecipesError):
    """A model cannot be added so; nothing was changed."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        lines = "\n".join(f"- {finding}" for finding in self.findings)
        super().__init__(f"nothing was added:\n{lines}")


class Findings(list[Finding]):
    """Collected, so that all are told at once."""

    def note(self, field: str, text: str, remedy: str) -> None:
        """One more."""
        self.append(Finding(field, text, remedy))

    def of(self, field: str, step: Callable[[], T]) -> T | None:
        """What a step gives; None where it cannot be done, and that is one more finding."""
        try:
            return step()
        except RecipeError as error:
            place = f"{error.file}: " if error.file else ""
            self.note(error.key or field, f"{place}{error.text}", error.remedy or "see its page")
            return None

    def stop(self) -> None:
        """End here if there are any.

        Raises:
            PreflightError: with all of them.
        """
        if self:
            raise PreflightError(self)
