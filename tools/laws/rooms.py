"""Who may know whom, and what stands only once."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tools.laws.module import SERVICES, Breach, Module, calls, imports

_HTTP = {"httpx", "requests", "aiohttp", "urllib3", "http.client", "urllib.request"}
_HTTP_ROOMS = ("servicekit/http", "cli/demo", "simulators/base/client.py")
_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("time", "time"), ("date", "today")}
_CLOCK_ROOMS = ("servicekit/base/clock.py", "simulators", "cli", "benchmarks", "tools")
_ROOTS = {"app.py", "__main__.py"}
_COMPOSITION = {"parts.py", "neighbours.py"}
_PARTS = {"Database", "ApiClient", "EmbeddedWorker", "open_queue", "StravaClient", "TokenKeeper", "QuotaLedger"}


def http_stays_in_its_room(module: Module) -> Iterator[Breach]:
    """Only servicekit/http speaks HTTP; the demo and the simulators' pushes, which are no services, apart."""
    if module.within(*_HTTP_ROOMS):
        return
    for line, source, name in imports(module):
        full = source if name is None else f"{source}.{name}"
        if {source, full, source.split(".")[0]} & _HTTP:
            yield Breach(module.path, line, f"{source} belongs in servicekit/http")


def clocks_are_injected(module: Module) -> Iterator[Breach]:
    """Only who puts a process together reads the wall clock; everybody else is told the time."""
    if module.name in _ROOTS or module.within(*_CLOCK_ROOMS):
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in _CLOCKS
        ):
            yield Breach(module.path, node.lineno, f"take `now` as an argument instead of {node.value.id}.{node.attr}")


def routes_do_not_reach_stores(module: Module) -> Iterator[Breach]:
    """Whatever answers HTTP calls a service: it touches no store, no table and no client."""
    if module.package not in SERVICES or not _answers_http(module):
        return
    for line, source, _ in imports(module):
        if source.startswith(SERVICES) and source.rsplit(".", 1)[-1] in {"store", "models", "client"}:
            yield Breach(module.path, line, "a route calls a service, not a store, a table or a client")


def _answers_http(module: Module) -> bool:
    handlers = {"get", "post", "put", "delete", "patch", "route"}
    decorated = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id in handlers
        for function in decorated
        for mark in function.decorator_list
    )


def parts_are_put_together_in_one_place(module: Module) -> Iterator[Breach]:
    """A service's database, queue and worker are made in its parts.py alone, its clients also in its neighbours.py."""
    if module.package not in SERVICES or module.name in _COMPOSITION or module.is_migration:
        return
    for call, name in calls(module):
        if name in _PARTS and isinstance(call.func, ast.Name):
            yield Breach(module.path, call.lineno, f"{name} is made in {module.package}/parts.py or neighbours.py")


def imports_do_no_work(module: Module) -> Iterator[Breach]:
    """Importing defines things and does nothing: no loop, no context, no call whose answer is thrown away."""
    if module.is_migration or module.name == "__main__.py":
        return
    for node in module.tree.body:
        thrown_away = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not _sets_threads(node.value)
        if thrown_away or isinstance(node, ast.For | ast.While | ast.With):
            yield Breach(module.path, node.lineno, "importing a module does no work")


def _sets_threads(call: ast.Call) -> bool:
    """A package may say how many threads numpy takes: numpy asks once, when it is imported."""
    return ast.unparse(call.func) == "os.environ.setdefault"


EACH_MODULE = (
    http_stays_in_its_room,
    clocks_are_injected,
    routes_do_not_reach_stores,
    parts_are_put_together_in_one_place,
    imports_do_no_work,
)


def a_name_means_one_thing(modules: Sequence[Module]) -> Iterator[Breach]:
    """A public class name is used once within a package, and a service uses none of those servicekit has."""
    seen: dict[str, dict[str, Breach]] = defaultdict(dict)
    ordered = sorted(modules, key=lambda module: (module.package != "servicekit", module.path))
    for module in ordered:
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            breach = Breach(module.path, node.lineno, "")
            taken = seen[module.package].get(node.name)
            if taken is None and module.package in SERVICES:
                taken = seen["servicekit"].get(node.name)
            if taken is not None:
                yield Breach(module.path, node.lineno, f"{node.name} is also the name of something in {taken.path}")
            seen[module.package].setdefault(node.name, breach)


WHOLE_HOUSE = (a_name_means_one_thing,)
