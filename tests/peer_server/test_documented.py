"""The docstrings under fields are the descriptions of their schemas, as with pydantic's own option."""

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from peer_server.documented import DocumentedModel


class Size(DocumentedModel, BaseModel):
    """How large."""

    width: int
    """In whole
    pixels.
    """
    height: int


class Picture(DocumentedModel, BaseModel):
    """A picture."""

    model_config = ConfigDict(alias_generator=to_camel)

    full_size: Size
    """As it was uploaded."""
    name: Annotated[str, Field(description="What people call it.")]
    """Not said again."""
    other: int = 0
    "no docstring: " + "an expression"  # noqa: B018


class Photo(Picture):
    """A picture of a camera."""

    taken_at: str | None = None
    """Local time."""


class Pixels(Size):
    """The same with pydantic's option."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    depth: int
    """Bits."""


def described(model: type[BaseModel]) -> dict[str, str | None]:
    """The descriptions of its fields."""
    properties = model.model_json_schema()["properties"]
    return {name: field.get("description") for name, field in properties.items()}


def test_a_docstring_describes_the_field_above_it() -> None:
    assert described(Size) == {"width": "In whole\npixels.", "height": None}


def test_fields_are_found_by_alias_and_an_explicit_description_stays() -> None:
    assert described(Picture) == {"fullSize": "As it was uploaded.", "name": "What people call it.", "other": None}


def test_inherited_fields_keep_their_descriptions() -> None:
    assert described(Photo) == {**described(Picture), "takenAt": "Local time."}
    assert described(Pixels) == {**described(Size), "depth": "Bits."}


def test_a_part_is_described_where_it_is_used_and_where_it_is_defined() -> None:
    schema = Picture.model_json_schema()
    assert schema["$defs"]["Size"]["properties"]["width"]["description"] == "In whole\npixels."
    assert schema["properties"]["fullSize"]["$ref"] == "#/$defs/Size"


def test_a_module_without_source_has_no_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Size, "__module__", "itertools")
    assert described(Size) == {"width": None, "height": None}
