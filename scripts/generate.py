"""Generate the parts of the action files, the launcher and the reference that follow from the code.

The files (``FILES``) are written by hand, except for the blocks between the comments
``generated: NAME`` and ``generated: end``, which ``make generate`` writes. Others (``WHOLE``)
it writes as a whole.
"""

import json
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from approval_gate.core.ending import EXIT_CODES
from approval_gate.core.model import Code, Outcome
from approval_gate.core.policy.schema import json_schema
from approval_gate.core.record.schema import json_schema as record_schema
from approval_gate.errors import GateError
from approval_gate.runner.inputs import (
    Input,
    LauncherInputs,
    ReportInputs,
    SweepInputs,
    WaitInputs,
    inputs_of,
)
from approval_gate.runner.outputs import CODES, OUTPUTS

ROOT = Path(__file__).parent.parent
FILES = ("action.yml", "container/action.yml", "report/action.yml", "launch.sh", "docs/reference.md")
WHOLE = {"approval_gate/record.schema.json": f"{json.dumps(record_schema(), indent=2)}\n"}
"""The files that nothing is written into by hand."""

INPUTS: Mapping[str, Sequence[Input]] = {
    "wait": inputs_of(WaitInputs),
    "sweep": inputs_of(SweepInputs),
    "report": inputs_of(ReportInputs),
    "launcher": inputs_of(LauncherInputs),
}

_WIDTH = 110
_BAR = r"\|"
_PROCESS = "[the process](process.md)"
_BLOCK = re.compile(
    r"(?P<begin>^(?P<indent> *)(?:#|<!--) generated: (?P<name>[a-z' -]+?)(?: -->)?\n)"
    r".*?"
    r"(?P<end>^ *(?:#|<!--) generated: end(?: -->)?$)",
    re.MULTILINE | re.DOTALL,
)
_VARIABLE = re.compile(r'"((?:GITHUB|RUNNER|APPROVAL_GATE)_[A-Z_]+)"')
_NOT_OF_A_RUN = {"emulator", "rehearsal"}
OUTCOMES: Mapping[Code, Collection[Outcome]] = {
    Code.QUORUM: [Outcome.APPROVED],
    Code.APPROVED_ALONE: [Outcome.APPROVED],
    Code.DENIED: [Outcome.DENIED],
    Code.DENIED_WITHOUT_REASON: [Outcome.DENIED],
    Code.WINDOW_CLOSED: [Outcome.TIMED_OUT],
    Code.SIGNAL: [Outcome.CANCELLED],
    Code.ISSUE_CLOSED: [Outcome.CANCELLED, Outcome.DENIED],
    Code.REPLACED: [Outcome.CANCELLED],
}
"""What a request that people or a signal ended was, by the reason; every other reason is an error's."""
_NOT_PASSED = {"GITHUB_STATE", "GITHUB_TOKEN"}
"""A variable that only docker actions get, and one that only `policy check` reads."""


def generate(root: Path, inputs: Mapping[str, Sequence[Input]] = INPUTS) -> list[str]:
    """Write the blocks of all files under a folder, and return the names of the files that changed."""
    blocks = {name: [*lines] for name, lines in _blocks(inputs).items()}
    changed = []
    for name in (*FILES, *WHOLE):
        before = (root / name).read_text(encoding="utf-8")
        after = WHOLE.get(name) or _BLOCK.sub(lambda found: _filled(found, blocks), before)
        if after != before:
            (root / name).write_text(after, encoding="utf-8")
            changed.append(name)
    return changed


def _filled(block: re.Match[str], blocks: Mapping[str, Iterable[str]]) -> str:
    body = textwrap.indent("".join(f"{line}\n" for line in blocks[block["name"]]), block["indent"])
    return f"{block['begin']}{body}{block['end']}"


def _blocks(inputs: Mapping[str, Sequence[Input]]) -> dict[str, Iterable[str]]:
    launcher = inputs["launcher"]
    after_the_gate = {one.name for one in inputs["sweep"]}
    return {
        "inputs of wait": _inputs(inputs["wait"]),
        "inputs of wait and launcher": _inputs((*inputs["wait"], *launcher)),
        "inputs of report and launcher": _inputs((*inputs["report"], *launcher)),
        **{f"env of {verb}": _env((*inputs[verb], *launcher)) for verb in ("wait", "sweep", "report")},
        "outputs": _outputs(values=False),
        "outputs with values": _outputs(values=True),
        "variables": _variables(),
        "tables of inputs": _by_group((*inputs["wait"], *launcher)),
        "table of the report's inputs": _table(
            one for one in inputs["report"] if one.name not in after_the_gate
        ),
        "table of outputs": _rows(
            ("output", "what it holds"), ((f"`{name}`", text) for name, text in OUTPUTS.items())
        ),
        "table of exit codes": _exit_codes(),
        "table of reason codes": _rows(
            ("`reason-code`", "when"), ((f"`{code}`", meaning) for code, meaning in CODES.items())
        ),
        **{f"keys of {which}": _keys(schema) for which, schema in _policy_schemas().items()},
    }


def _inputs(inputs: Iterable[Input]) -> Iterator[str]:
    """Format inputs for an action file."""
    for one in inputs:
        otherwise = f" Default: {one.otherwise}." if one.otherwise else ""
        yield from _declared(one.name, f"{one.description}{otherwise}")
        yield f"  default: {one.expression or json.dumps(one.default_text)}"


def _env(inputs: Iterable[Input]) -> Iterator[str]:
    """Format the mapping of inputs to variables; the runner sets none for steps of composite actions."""
    for one in inputs:
        yield f"INPUT_{one.name.upper().replace('-', '_')}: ${{{{ inputs.{one.name} }}}}"


def _outputs(*, values: bool) -> Iterator[str]:
    """Format the outputs for an action file, with their values for a composite action."""
    for name, text in OUTPUTS.items():
        yield from _declared(name, text)
        if values:
            yield f"  value: ${{{{ steps.gate.outputs.{name} }}}}"


def _declared(name: str, description: str) -> Iterator[str]:
    yield f"{name}:"
    yield "  description: >-"
    yield from (f"    {line}" for line in textwrap.wrap(description, _WIDTH, break_on_hyphens=False))


def _variables() -> Iterator[str]:
    """List the variables that the program reads, for the launcher to pass on."""
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "approval_gate").rglob("*.py"))
        if not _NOT_OF_A_RUN.intersection(path.parts)
    )
    read = sorted({*_VARIABLE.findall(code)} - _NOT_PASSED)
    return iter(textwrap.wrap(" ".join(read), _WIDTH, break_on_hyphens=False))


def _by_group(inputs: Iterable[Input]) -> Iterator[str]:
    """Format a table of each group under its name."""
    for group, those in groupby(inputs, lambda one: one.group):
        yield from ("", f"### {group}", "", *_table(those))


def _table(inputs: Iterable[Input]) -> Iterator[str]:
    return _rows(
        ("input", "default", "what it does"),
        ((f"`{one.name}`", _shown(one), one.description) for one in inputs),
    )


def _shown(one: Input) -> str:
    default = one.expression or one.default_text
    return one.otherwise or (default and f"`{default}`")


def _exit_codes() -> Iterator[str]:
    """Format the exit codes, each with its outcome and the reasons that it can have."""
    errors = {error.code: error.exit_code for error in (GateError, *_subclasses(GateError))}
    ends = {
        EXIT_CODES[outcome]: (outcome, [code for code in CODES if outcome in OUTCOMES.get(code, ())])
        for outcome in EXIT_CODES
    }
    for exit_code in sorted(set(errors.values())):
        ends[exit_code] = (Outcome.ERROR, [code for code in CODES if errors.get(code) == exit_code])
    return _rows(
        ("exit code", "`approval-status`", "`reason-code`"),
        ((str(number), f"`{end}`", _listed(codes)) for number, (end, codes) in sorted(ends.items())),
    )


def _subclasses(error: type[GateError]) -> Iterator[type[GateError]]:
    for one in error.__subclasses__():
        yield one
        yield from _subclasses(one)


def _listed(codes: Iterable[Code]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _policy_schemas() -> Mapping[str, Mapping[str, Any]]:
    """Return the schema of each mapping that a policy document consists of."""
    schema = json_schema()
    inner = schema["$defs"]
    return {
        "a policy": schema,
        "a role": inner["RoleDocument"],
        "a type of deployment": inner["DeploymentDocument"],
        "a requirement": inner["RequireDocument"],
        "a follow-up": inner["FollowUpDocument"],
        "an item": inner["ItemDocument"],
        "a check": inner["VerifyDocument"],
        "hours": inner["HoursDocument"],
    }


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """Format the keys of a mapping in a policy document."""
    required = schema.get("required", ())
    return _rows(
        ("key", "value", "default", "what it says"),
        (
            (
                f"`{key}`",
                _value(one),
                "required" if key in required else _default(one.get("default")),
                one["description"],
            )
            for key, one in schema["properties"].items()
        ),
    )


def _value(schema: Mapping[str, Any]) -> str:
    """Describe the value of a key in a policy document."""
    (schema,) = (one for one in schema.get("anyOf", [schema]) if one.get("type") != "null")
    schema = {"type": "object"} if "$ref" in schema else schema
    if "oneOf" in schema:
        return "; or ".join(map(_value, schema["oneOf"]))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    names = {
        "integer": "whole number",
        "string": "text",
        "array": "list",
        "object": "mapping",
        "boolean": "`true` or `false`",
    }
    name = names.get(schema["type"], schema["type"])
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        return f"{name}, {least:g} to {most:g}"
    most = schema.get("maxItems", schema.get("maxProperties"))
    return f"{name}, {most} entries at most" if most is not None else name


def _default(value: object) -> str:
    return f"`{json.dumps(value)}`" if value not in (None, [], {}) else ""


def _rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Format a Markdown table, in which the process is linked wherever a text mentions it."""
    for cells in (header, ["---"] * len(header), *rows):
        line = " | ".join(cell.replace("|", _BAR) for cell in cells)
        yield f"| {line.replace('the process', _PROCESS)} |".replace("  ", " ")


if __name__ == "__main__":
    for changed_file in generate(ROOT):
        print(f"{changed_file} is written.")
