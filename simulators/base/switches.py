"""What can be set about a simulation while it runs.

Each simulator has msgspec structs of its own for it: the type of a field has the bounds and the sentence of a switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def change(switches: msgspec.Struct, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """All of them, after those that are wanted and not None have been set. Raises msgspec.ValidationError."""
    stated = {name: value for name, value in wanted.items() if value is not None}
    changed = msgspec.convert(msgspec.to_builtins(switches) | stated, type(switches))
    for name in stated:
        setattr(switches, name, getattr(changed, name))
    return msgspec.structs.asdict(switches)


def sentences(switches: type[msgspec.Struct]) -> dict[str, str]:
    """What each of them does, by its name."""
    shown: dict[str, Any] = msgspec.json.schema(switches)["$defs"][switches.__name__]["properties"]
    return {name: shape["description"] for name, shape in shown.items()}
