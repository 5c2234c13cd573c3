"""What replicas call to each other: that something has changed, a wish, and that it is done.

A call can be missed; everything that lasts is in Redis, and is read anew after each connect.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Table = Literal["source", "page", "picture"]
Wish = Literal["extract", "reread", "report"]


class Bell(BaseModel):
    """One call.

    `source`, `page` and `picture` say that the one of that `name` has changed, `keys` that links
    are signed with another one, `beat` that somebody leads, `free` that nobody does any more. A
    wish is for the replica that leads. Who gave it a `number` is told when it is `done`, or, with
    `wait_s`, that it was wished for too soon.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: Table | Wish | Literal["keys", "beat", "free", "done"]
    name: str = ""
    number: str = ""
    wait_s: float | None = None
