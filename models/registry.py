"""The models that exist: every module of models/risk and models/timing that says `MODEL`."""

import importlib
import pkgutil
from functools import cache

from models import risk, timing
from models.spec import ModelSpec


class DeclarationError(ValueError):
    """A file of models/risk or models/timing does not declare a model properly."""


@cache
def models() -> dict[str, ModelSpec]:
    """Every declared model by name; risk models first, each kind in order of file names."""
    found: dict[str, ModelSpec] = {}
    for package in (risk, timing):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            path = f"{package.__name__}.{module.name}"
            model = getattr(importlib.import_module(path), "MODEL", None)
            if not isinstance(model, ModelSpec):
                raise DeclarationError(f"{path} does not say MODEL = ModelSpec(...)")
            if model.name != module.name:
                raise DeclarationError(f"{path} declares {model.name!r}: a model bears its file's name")
            found[model.name] = model
    return found
