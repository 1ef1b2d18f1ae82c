"""What all layers read of a request's head."""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.web.head import head_of


def scope(*fields: tuple[bytes, bytes], path: str = "/", root: str = "") -> Any:
    return {"type": "http", "headers": list(fields), "path": path, "root_path": root}


def test_a_field_is_found_however_its_name_is_written():
    head = head_of(scope((b"X-API-Key", b"s"), (b"host", b"t")))
    assert (head.single("x-api-key"), head.single("X-Api-Key"), head.single("absent")) == ("s", "s", None)


def test_a_field_that_is_there_twice_is_none():
    assert head_of(scope((b"x-api-key", b"s"), (b"X-Api-Key", b"s"))).single("X-API-Key") is None


def test_fields_are_counted_with_what_stands_between_them():
    head = head_of(scope((b"a", b"12"), (b"a", b"")))
    assert (head.count, head.size_bytes) == (2, 3 + 4 + 1 + 4)


@pytest.mark.parametrize(
    ("path", "root", "found"),
    [("/a/b", "", "/a/b"), ("//a//b/", "", "/a/b"), ("/", "", "/"), ("/root/a/", "/root", "/a")],
)
def test_the_path_is_the_one_that_leads_to_the_route(path: str, root: str, found: str):
    asked = scope(path=path, root=root)
    assert head_of(asked).path(asked) == found


def test_a_head_is_gone_through_once_and_belongs_to_one_request():
    first, second = scope((b"a", b"1")), scope((b"a", b"2"))
    assert head_of(first) is head_of(first)
    assert head_of(second).single("a") == "2"
