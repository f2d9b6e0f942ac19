"""What numbers a technique's parameters may be: refused with the recipe, before anything runs."""

from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
ShareAboveNone = Annotated[float, Meta(gt=0, le=1)]
ShareBelowAll = Annotated[float, Meta(ge=0, lt=1)]
