"""Characters of names that nobody sees, or that turn a text around."""

from typing import Final

UNSEEN: Final = (
    "\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f"
)
"""Inside the brackets of a regular expression. Joiners are not among them: some scripts spell names with them."""
