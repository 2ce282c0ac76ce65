"""Whether a call may name a model or a size. They ask the catalogue and hold no list of their own."""

from __future__ import annotations

from igny8_core.ai.constants import constants_catalogue
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.catalogue import Model
from igny8_core.business.errors import InvalidImageSize


def validate_model(model: str, model_type: str = "text") -> Model:
    """The active model of that name and type, as the database has it now.

    Raises UnknownModel or InactiveModel, which name what is available.
    """
    return catalogue.fresh(constants_catalogue).resolve(model, model_type)


def validate_image_size(size: str, model: str) -> None:
    """Raises InvalidImageSize, which names the valid sizes, UnknownModel or InactiveModel."""
    check_size(size, validate_model(model, "image"))


def check_size(size: str, model: Model) -> None:
    """Raises InvalidImageSize where `model` does not list `size`."""
    if size not in model.valid_sizes:
        raise InvalidImageSize(size=size, model=model.name, valid_sizes=list(model.valid_sizes))
