"""What a message type may say, and what of it one message says; both as facts that can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

Fact = tuple[str, str]
"""A field of a message type, and what of it there is: `is there`, `not empty`, `null` or one word of a list."""


def wanted(kind: type) -> set[Fact]:
    """Everything that a message of this type may say."""
    return set(_wanted(inspect.type_info(kind), kind.__name__))


def _wanted(info: inspect.Type, name: str) -> Iterator[Fact]:
    if isinstance(info, inspect.StructType):
        for field in info.fields:
            inner = f"{info.cls.__name__}.{field.encode_name}"
            yield inner, "is there"
            yield from _wanted(field.type, inner)
    elif isinstance(info, inspect.UnionType):
        for each in info.types:
            yield from _wanted(each, name)
    elif isinstance(info, inspect.ListType):
        yield name, "not empty"
        yield from _wanted(info.item_type, name)
    else:
        yield from ((name, word) for word in _words(info))


def _words(info: inspect.Type) -> list[str]:
    match info:
        case inspect.NoneType():
            return ["null"]
        case inspect.LiteralType(values=values):
            return [str(value) for value in values]
        case inspect.BoolType():
            return ["True", "False"]
        case inspect.DictType():
            return ["not empty"]
        case _:
            return []


def shown(content: Any, kind: type) -> set[Fact]:
    """What of the message type this content says."""
    return set(_shown(content, inspect.type_info(kind), kind.__name__))


def _shown(content: Any, info: inspect.Type, name: str) -> Iterator[Fact]:
    if isinstance(info, inspect.StructType):
        yield from _shown_struct(content, info)
    elif isinstance(info, inspect.UnionType):
        for each in info.types:
            yield from _shown(content, each, name)
    elif isinstance(info, inspect.ListType) and isinstance(content, list):
        yield from [(name, "not empty")] if content else []
        for each in content:
            yield from _shown(each, info.item_type, name)
    elif isinstance(info, inspect.DictType):
        yield from [(name, "not empty")] if content else []
    elif content is None:
        yield from [(name, "null")] if isinstance(info, inspect.NoneType) else []
    elif str(content) in _words(info):
        yield name, str(content)


def _shown_struct(content: Any, info: inspect.StructType) -> Iterator[Fact]:
    if isinstance(content, list):
        content = dict(zip((field.encode_name for field in info.fields), content, strict=False))
    for field in info.fields if isinstance(content, dict) else ():
        if field.encode_name in content:
            inner = f"{info.cls.__name__}.{field.encode_name}"
            yield inner, "is there"
            yield from _shown(content[field.encode_name], field.type, inner)
