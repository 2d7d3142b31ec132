"""How people may be called: whoever reads a name beside a decision must see all of it."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from peer_server.unseen import UNSEEN

_HIDDEN: Final = re.compile(f"[{UNSEEN}]")


def without_hidden(name: str) -> str:
    """A name that comes from elsewhere, without what cannot be seen in it."""
    return " ".join(_HIDDEN.sub("", name).split())


def _shows_itself(name: str) -> str:
    if found := _HIDDEN.search(name):
        raise ValueError(f"a name holds nothing invisible: U+{ord(found[0]):04X} at {found.start()}")
    return name


PersonName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_shows_itself)]
"""A name that somebody takes."""
