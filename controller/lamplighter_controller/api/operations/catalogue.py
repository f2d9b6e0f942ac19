"""What can be served: variants, networks, recipes."""

from fastapi import Request
from lamplighter_client.documents import Model, Variant
from lamplighter_recipes.recipe.schema import Recipe

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import documents, models_of
from lamplighter_controller.api.routing import Routes

routes = Routes("catalogue")


@routes.get("/variants")
def list_variants(request: Request) -> list[Variant]:
    """Everything that is built or could be, with expected accuracy per regime."""
    return documents(Variant, services(request).catalogue.specs())


@routes.get("/models")
def list_models(request: Request) -> list[Model]:
    """Networks with the recipes and variants made of them."""
    return models_of(services(request).catalogue.specs())


@routes.get("/recipes")
def list_recipes(request: Request) -> list[Recipe]:
    """The catalogue's recipes."""
    recipes = request.app.state.recipes()
    return [recipes[name] for name in sorted(recipes)]
