"""What a Dockerfile says, as far as this project's does: its stages and what they do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson


class Instruction(NamedTuple):
    """One instruction; its continued lines are joined as Docker joins them."""

    name: str
    text: str

    def words(self) -> list[str]:
        """The arguments: of the exec form, which is JSON, or as a shell divides them."""
        if self.text.startswith("["):
            words: list[str] = orjson.loads(self.text)
            return words
        return shlex.split(self.text)


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def only(self, name: str) -> Instruction:
        """The one instruction of that name. Raises `ValueError` where there is not exactly one."""
        [found] = [each for each in self.instructions if each.name == name]
        return found


def read(text: str) -> list[Stage]:
    """The stages of a Dockerfile; the last one is the image. Raises `ValueError`."""
    # Comments stand between continued lines too, and are not part of them.
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            stages.append(Stage(base, alias.strip()))
        elif not stages:
            raise ValueError(f"{name} stands before the first FROM")
        else:
            stages[-1].instructions.append(Instruction(name, rest.strip()))
    return stages
