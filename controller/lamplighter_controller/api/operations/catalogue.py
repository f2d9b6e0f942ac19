"""What can be served: variants, networks, recipes."""

from fastapi import Request
from lamplighter_client.documents import Model, Variant
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.schema import Recipe

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import models_of, page_of
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.parameters import MAX_LISTED, Limit
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import within

routes = Routes("catalogue", bounds=Bounds.OPEN)


@routes.get("/variants")
def list_variants(request: Request, after: Cursor = "", limit: Limit = MAX_LISTED) -> Page[Variant]:
    """Everything that is built or could be, by id, with expected accuracy per regime."""
    begin = read_cursor(after, str) or ""
    specs = within(request).variants(services(request).catalogue.specs())
    behind = [spec for spec in specs if spec.id > begin]
    return page_of(Variant, behind, limit, lambda spec: spec.id)


@routes.get("/models")
def list_models(request: Request) -> list[Model]:
    """Networks with the recipes and variants made of them."""
    return models_of(within(request).variants(services(request).catalogue.specs()))


@routes.get("/recipes", refusals=(RecipeError,))
def list_recipes(request: Request) -> list[Recipe]:
    """The catalogue's recipes."""
    recipes = request.app.state.recipes()
    return [recipes[name] for name in sorted(recipes)]
