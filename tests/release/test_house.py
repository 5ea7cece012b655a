"""Limits on the structure of the package: sizes, imports and time constants."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "approval_gate"
SMALL_ROOMS = ("cli", "core", "gate", "github", "render")
LONGEST_MODULE = 400
MOST_ATTRIBUTES = 12
TIMING = "core/timing.py"
WIRE = "github/wire.py"
DEMO_ROOMS = ("emulator", "rehearsal")
"""They simulate GitHub and people, so their times are not the gate's."""
NOT_TIMES = {
    "core/commands.py: _RESEMBLANCE = 0.8",  # how alike two words are
    "core/suggest.py: _ALIKE, _FAR = (0.8, 0.6)",  # the same
    "core/wording.py: timedelta(minutes=1)",  # the unit that minutes are counted in
}

_TIME = re.compile(
    r"SECONDS|MINUTES|PAUSE|WAIT|BACKOFF|TIMEOUT|PATIENCE|LAG|AGAIN|COURTESY|LATE|EARLY|PERSISTS|DEADLINE|LIFETIME"
)


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the path in the package and the syntax tree of each module, of all rooms by default."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not rooms or name.split("/")[0] in rooms:
            yield name, ast.parse(path.read_text())


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def bases(node: ast.ClassDef) -> set[str]:
    return {part for base in node.bases for part in re.findall(r"\w+", ast.unparse(base))}


def time_constants(tree: ast.Module) -> Iterator[str]:
    """Yield the source text of every constant number of seconds, minutes or hours in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            constant = bool(arguments) and all(is_number(argument) for argument in arguments)
            if called in {"timedelta", "sleep"} and constant:
                yield ast.unparse(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if any(name.isupper() and _TIME.search(name) for name in names) and is_number(node.value):
                yield ast.unparse(node)
        elif isinstance(node, ast.arguments):
            yield from (ast.unparse(it) for it in (*node.defaults, *node.kw_defaults) if it and is_float(it))
    for body in (tree.body, *(node.body for node in classes(tree))):
        for node in body:
            if isinstance(node, ast.Assign) and any(is_float(part) for part in ast.walk(node.value)):
                yield ast.unparse(node)


def is_number(node: ast.expr) -> bool:
    """Whether an expression consists only of numbers."""
    parts = list(ast.walk(node))
    numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
    others = ast.Constant | ast.BinOp | ast.UnaryOp | ast.Tuple | ast.operator | ast.unaryop | ast.Load
    return all(isinstance(part, others) for part in parts) and all(type(it) in {int, float} for it in numbers)


def is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value != 0


def attributes(node: ast.ClassDef) -> set[str]:
    """Return what a class keeps: its fields, and what its methods set on ``self``."""
    fields = {
        it.target.id for it in node.body if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name)
    }
    set_on_self = {
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
    }
    return fields | set_on_self


def is_value(node: ast.ClassDef) -> bool:
    """Whether nothing of it changes: a frozen dataclass, a tuple, an enumeration; or it is a protocol."""
    frozen = any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    return frozen or bool(bases(node) & {"NamedTuple", "Enum", "StrEnum", "IntEnum", "Protocol"})


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("LAG = 10", ["LAG = 10"]),
        ("_PAUSES = (1.0, 2.0)", ["_PAUSES = (1.0, 2.0)"]),
        ("X = timedelta(hours=6)", ["timedelta(hours=6)"]),
        ("def f():\n    sleep(2)", ["sleep(2)"]),
        ("class C:\n    patience = 2.5", ["patience = 2.5"]),
        ("def f(patience: float = 90.0): ...", ["90.0"]),
        ("PAGE = 100", []),
        ("LEFT = 0.0", []),
        ("X = timedelta(seconds=LAG)", []),
        ("def f():\n    x = 0.5", []),
    ],
)
def test_a_time_constant_is_recognized(source: str, found: list[str]) -> None:
    assert list(dict.fromkeys(time_constants(ast.parse(source)))) == found


def test_every_time_constant_is_in_one_module() -> None:
    found = {
        f"{name}: {text}"
        for name, tree in modules()
        if name != TIMING and not name.startswith(DEMO_ROOMS)
        for text in time_constants(tree)
    }
    assert found - NOT_TIMES == set()


def test_pygithub_is_imported_in_one_file() -> None:
    importing = set()
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                importing |= {name for alias in node.names if alias.name.split(".")[0] == "github"}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "github":
                importing.add(name)
    assert importing == {WIRE}


def test_no_protocol_has_any() -> None:
    found = [
        f"{name}: {node.name}"
        for name, tree in modules()
        for node in classes(tree)
        if "Protocol" in bases(node) and re.search(r"\bAny\b", ast.unparse(node))
    ]
    assert found == []


def test_no_module_has_more_than_400_lines() -> None:
    lengths = {name: len((PACKAGE / name).read_text().splitlines()) for name, _ in modules(*SMALL_ROOMS)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_mutable_class_has_more_than_12_attributes() -> None:
    counts = {
        f"{name}: {node.name}": len(attributes(node))
        for name, tree in modules()
        if not name.startswith("emulator")
        for node in classes(tree)
        if not is_value(node)
    }
    assert max(counts.values()) > 1
    assert {which: count for which, count in counts.items() if count > MOST_ATTRIBUTES} == {}


def test_the_limit_of_a_retry_is_given_and_never_set_on_a_client() -> None:
    found = [
        f"{name}: {ast.unparse(node)}"
        for name, tree in modules()
        if name != "github/client.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if node.attr in {"retry_limit", "deadline"} and ast.unparse(node.value) != "self"
    ]
    assert found == []
