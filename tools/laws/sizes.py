"""How large a thing may grow, and how small a module may be."""

from __future__ import annotations

from collections.abc import Iterator

from tools.laws.module import Breach, Module, functions

MODULE_LINES = 250
LEAST_LINES = 30
FUNCTION_LINES = 40
LOOKED_FOR = {
    "__init__.py", "__main__.py", "env.py", "routes.py", "service.py", "store.py", "models.py", "jobs.py", "client.py",
    "errors.py", "problems.py", "settings.py", "retention.py",
}  # fmt: skip
"""Names that every noun of a service has: a reader looks for them, however little there is to say."""
SMALL_FOR_A_REASON: dict[str, str] = {
    "kernel/contracts/problem.py": "the one format of every error, of no noun in particular",
    "servicekit/base/clock.py": "the one place that reads the clock",
    "ayda_service/models_base.py": "what the tables of every noun stand on, and models.py imports them all",
    "predictor_service/models_base.py": "as in ayda_service",
    "simulators/base/switches.py": "the one way in which simulators are told what to do",
    "cli/commands/demo.py": "a command is imported when it runs, so it is a module of its own",
    "cli/commands/migrate.py": "the same, and it alone needs Alembic",
    "cli/commands/worker.py": "the same",
}


def modules_stay_small(module: Module) -> Iterator[Breach]:
    """A module past the limit is two modules."""
    if "versions" not in module.path.parts and module.lines > MODULE_LINES:
        yield Breach(module.path, 1, f"{module.lines} lines; {MODULE_LINES} is the limit")


def modules_are_worth_opening(module: Module) -> Iterator[Breach]:
    """A module of a few lines is part of another one, unless its name is where everybody looks."""
    known = module.name in LOOKED_FOR or module.path.as_posix() in SMALL_FOR_A_REASON
    if module.lines < LEAST_LINES and not known and "versions" not in module.path.parts:
        yield Breach(module.path, 1, f"{module.lines} lines are no module; {LEAST_LINES} is the floor")


def functions_stay_short(module: Module) -> Iterator[Breach]:
    """A function past the limit is two functions."""
    if "versions" in module.path.parts:
        return
    for function in functions(module):
        # a long list of named arguments is no complexity: only the body counts
        length = (function.end_lineno or function.lineno) - function.body[0].lineno + 1
        if length > FUNCTION_LINES:
            yield Breach(
                module.path, function.lineno, f"{function.name}: {length} lines; {FUNCTION_LINES} is the limit"
            )


LAWS = (modules_stay_small, modules_are_worth_opening, functions_stay_short)
