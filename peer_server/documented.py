"""Models whose JSON Schema says what the docstrings under their fields say.

pydantic's `use_attribute_docstrings` does the same while a class is made, and looks for its source through all modules
that are loaded: a tenth of every start, for schemas that few processes ever show. Here the source is read for the first
schema of a module.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class DocumentedModel(BaseModel):
    """Base of models that document their fields in docstrings, for top-level classes of modules.

    Name `BaseModel` beside it: that is how linters know a model.
    """

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """The schema with a description for every field that has a docstring and no description of its own."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for ancestor in cls.__mro__:
            for name, text in _docstrings(ancestor.__module__).get(ancestor.__qualname__, {}).items():
                field = cls.model_fields.get(name)
                shown = properties.get(field.alias or name) if field else None
                if shown is not None:
                    shown.setdefault("description", text)
        return schema


@cache
def _docstrings(module: str) -> Mapping[str, Mapping[str, str]]:
    """What each class of a module says about its fields; nothing if the module came without its source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):
        return {}
    return {node.name: dict(_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Each annotated name that is followed by a string, and that string."""
    for field, after in pairwise(node.body):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
            case _:
                continue
