"""How people may be called: whoever reads a name beside a decision must see all of it."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

_HIDDEN: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What turns a text around or is not seen. Joiners stay: some scripts spell names with them."""


def without_hidden(name: str) -> str:
    """A name that comes from elsewhere, without what cannot be seen in it."""
    return " ".join(_HIDDEN.sub("", name).split())


def _shows_itself(name: str) -> str:
    if found := _HIDDEN.search(name):
        raise ValueError(f"a name holds nothing invisible: U+{ord(found[0]):04X} at {found.start()}")
    return name


PersonName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_shows_itself)]
"""A name that somebody takes."""
