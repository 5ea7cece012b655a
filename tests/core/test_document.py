"""Policy documents: what is read, and what is told of one that is none."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from approval_gate.core.model import Requirement
from approval_gate.core.policy import document
from approval_gate.core.policy.document import DEEPEST, LARGEST, MOST, DocumentError, Finding
from approval_gate.core.policy.model import DeploymentType, Detail, Exclusion, Group, Policy, Role, digest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "approval-policy.yml"

SMALL = """\
version: 1
roles:
  lead: {members: [ann, "@acme/leads"], approves-alone: true}
  sre: {members: ["codeowners:/deploy/"], backup-after-minutes: 20}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [lead, sre]
  emergency:
    minimum-approvals: 1
    timeout-minutes: 0.5
    remind-after-minutes: 0.25
    approvers: [sre, lead]
    require: [{any-of: [lead], minimum: 1}]
    justification-from: [sre]
    details: {incident: [Incident, Ticket]}
    optional-details: {fix: [Fix]}
refs: [main, "v*"]
exclude: [workflow-initiator]
checklist:
  Checks: ["**Tests** - green", plans]
"""


def test_a_document_is_the_policy_that_it_says() -> None:
    assert document.read(SMALL.encode()) == Policy(
        roles=(
            Role(
                name="lead",
                members=("ann", "@acme/leads"),
                source="roles.lead.members",
                approves_alone=True,
            ),
            Role(
                name="sre",
                members=("codeowners:/deploy/",),
                source="roles.sre.members",
                backup_after=timedelta(minutes=20),
            ),
        ),
        deployments=(
            DeploymentType(
                name="standard", minimum=2, window=timedelta(minutes=60), approvers=("lead", "sre")
            ),
            DeploymentType(
                name="emergency",
                minimum=1,
                window=timedelta(seconds=30),
                approvers=("sre", "lead"),
                require=(Requirement(any_of=("lead",), minimum=1),),
                justified=("sre",),
                details=(
                    Detail(name="incident", headings=("Incident", "Ticket"), required=True),
                    Detail(name="fix", headings=("Fix",), required=False),
                ),
                remind_after=timedelta(seconds=15),
                emergency=True,
            ),
        ),
        refs=("main", "v*"),
        exclude=(Exclusion.INITIATOR,),
        checklist=(Group(title="Checks", items=("**Tests** - green", "plans")),),
    )


@pytest.mark.parametrize(
    ("word", "exclusion", "authors"),
    [
        ("workflow-initiator", Exclusion.INITIATOR, False),
        ("commit-authors", Exclusion.AUTHORS, True),
        ("known-commit-authors", Exclusion.KNOWN_AUTHORS, True),
    ],
)
def test_each_exclusion_is_read_as_what_it_is(word: str, exclusion: Exclusion, *, authors: bool) -> None:
    made = document.read(SMALL.replace("workflow-initiator", word).encode())
    assert made.exclude == (exclusion,)
    assert made.excludes_authors is authors


def test_what_is_not_said_is_nothing() -> None:
    least = SMALL[: SMALL.index("  emergency:")]
    made = document.read(least.encode())
    assert (made.refs, made.exclude, made.checklist) == ((), (), None)
    assert made.deployments[0].remind_after is None


def test_the_example_is_a_policy_with_the_process_s_eighteen_checks() -> None:
    made = document.read(EXAMPLE.read_bytes())
    assert [kind.name for kind in made.deployments] == ["standard", "hotfix", "emergency"]
    assert made.checklist is not None
    own = (ROOT / "approval_gate/render/templates/checklist.md").read_text(encoding="utf-8")
    lines = [
        line
        for group in made.checklist
        for line in (f"#### {group.title}", *(f"- [ ] {item}" for item in group.items))
    ]
    assert lines == [line for line in own.splitlines() if line.strip()]


def test_the_schema_that_editors_use_is_the_one_that_is_printed() -> None:
    kept = json.loads((ROOT / "examples" / "approval-policy.schema.json").read_text(encoding="utf-8"))
    assert kept == document.schema()
    assert EXAMPLE.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=./approval-policy.schema.json\n"
    )


def test_a_policy_is_told_by_its_bytes() -> None:
    assert digest("") == "sha256:" + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest("version: 1") != digest("version: 1\n")


# What is wrong -------------------------------------------------------------------------


def findings(text: str | bytes) -> list[str]:
    with pytest.raises(DocumentError) as met:
        document.read(text if isinstance(text, bytes) else text.encode())
    assert str(met.value) == "; ".join(finding.problem for finding in met.value.findings)
    return [f"{found.line}: {found.path}: {found.problem}" for found in met.value.findings]


def _golden() -> list[tuple[str, str, list[str]]]:
    """Read the golden file: a change to the policy, and all that is told of it."""
    blocks = (Path(__file__).with_name("policy_findings.txt")).read_text(encoding="utf-8").split("\n\n")[1:]
    cases = []
    for block in blocks:
        change, *told = block.rstrip("\n").split("\n")
        here, there = change.replace("⏎", "\n").replace("a*501", "a" * 501).split("  →  ")
        cases.append((here, there, [line.strip() for line in told]))
    return cases


GOLDEN = _golden()


@pytest.mark.parametrize(("here", "there", "told"), GOLDEN, ids=[f"{a} → {b}"[:50] for a, b, _ in GOLDEN])
def test_what_is_wrong_is_told_with_its_line_and_path_and_what_is_allowed(
    here: str, there: str, told: list[str]
) -> None:
    assert here in SMALL
    text = SMALL.replace(here, there, 1)
    assert findings(text) == told if told else document.read(text.encode())


def test_the_golden_file_has_every_kind_of_mistake() -> None:
    assert len(GOLDEN) >= 50
    assert len({(here, there) for here, there, _ in GOLDEN}) == len(GOLDEN)


def test_all_that_is_wrong_is_told_in_the_order_of_the_lines() -> None:
    text = SMALL.replace("version: 1", "version: 3").replace("refs:", "ref:").replace("60", "soon")
    assert [finding.partition(":")[0] for finding in findings(text)] == ["1", "8", "19"]


def test_of_very_much_that_is_wrong_the_first_is_told_and_how_much_more_there_is() -> None:
    many = [f"x{number}: 1" for number in range(100)]
    assert len(findings(SMALL + "\n".join(many[:20]))) == 20
    first, more = findings(SMALL + "\n".join(many[:21]))[-2:]
    assert first.startswith("42: x19: this key is not known")
    assert more == "43: : 1 more thing is wrong from here on, and told once these are mended."
    *first, more = findings(SMALL + "\n".join(many))
    assert len(first) == 20
    assert more == "43: : 80 more things are wrong from here on, and told once these are mended."


def test_of_very_much_that_others_find_wrong_it_is_the_same() -> None:
    told = document.findings(SMALL.encode(), [(("refs",), f"{number}.") for number in range(22)])
    assert [found.problem for found in told[:20]] == [f"{number}." for number in range(20)]
    assert told[20:] == [
        Finding(
            line=19,
            path="",
            problem="2 more things are wrong from here on, and told once these are mended.",
        )
    ]


@pytest.mark.parametrize(
    ("hostile", "told"),
    [
        (b"", "1: : nothing is not a mapping."),
        (b"# nothing\n", "1: : nothing is not a mapping."),
        (b"- 1", "1: : a list is not a mapping."),
        (b"just text", "1: : the text `just text` is not a mapping."),
        (b"a: \x00", "1: : it is not YAML: special characters are not allowed."),
        (
            b"version: 1\n" + "# größer\n".encode() * 29 + b"a: \x00\nb: \x00",
            "31: : it is not YAML: special characters are not allowed.",
        ),
        (b"a: 1\nb: \xff", "2: : it is not UTF-8."),
        ("version: 1".encode("utf-16"), "1: : it is not UTF-8."),
        (b"x" * (1024 * 1024), f"1: : it has 1048576 bytes; a policy may have {LARGEST}."),
        (b"a: b: c", "1: : it is not YAML: mapping values are not allowed here."),
        (b"[" * LARGEST, f"1: : it nests deeper than {DEEPEST} levels."),
        (b"{" * LARGEST, f"1: : it nests deeper than {DEEPEST} levels."),
        (b"- " * (LARGEST // 2), f"1: : it nests deeper than {DEEPEST} levels."),
        (b"? " * (LARGEST // 2), f"1: : it nests deeper than {DEEPEST} levels."),
        (
            b"version: 0x" + b"f" * 5000,
            f"1: version: the text `0x{'f' * 58}…` is not 1.",
        ),
        (
            b"version: 1" + b":1" * 3000,
            f"1: version: the text `1{':1' * 29}:…` is not 1.",
        ),
        (b"version: " + b"9" * 5000, f"1: version: the text `{'9' * 60}…` is not 1."),
        (b"version: [" + b"1," * 32000 + b"]", f"1: : it has more than {MOST} keys and values."),
        (b"- []\n" * 12000, f"{MOST}: : it has more than {MOST} keys and values."),
        (
            b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]",
            "1: : it has an anchor or an alias; write the values out.",
        ),
        (
            b"a: !!python/object/apply:os.system [id]",
            "1: : it has the tag `tag:yaml.org,2002:python/object/apply:os.system`; write a plain value.",
        ),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_hostile_yaml_is_refused(hostile: bytes, told: str) -> None:
    assert findings(hostile)[0] == told


def test_a_depth_that_is_allowed_is_read_and_only_then_refused_for_what_it_is() -> None:
    assert findings("[" * DEEPEST + "]" * DEEPEST) == ["1: : a list is not a mapping."]


def test_a_size_that_is_allowed_is_read() -> None:
    filled = SMALL + "#" * (LARGEST - len(SMALL))
    assert document.read(filled.encode()) == document.read(SMALL.encode())
    assert len(findings(filled + "#")) == 1


def test_as_many_values_as_are_allowed_are_read() -> None:
    assert findings("- 1\n" * (MOST - 1)) == ["1: : a list is not a mapping."]
    assert findings("- 1\n" * MOST) == [f"{MOST}: : it has more than {MOST} keys and values."]


def test_a_policy_that_fills_the_largest_document_has_no_more_values_than_are_allowed() -> None:
    kind = {
        "minimum-approvals": 10,
        "timeout-minutes": 60,
        "require": [{"any-of": [f"r{n}0" for n in range(1, 10)], "minimum": 1} for _ in range(9)],
    }
    text = json.dumps(
        {
            "version": 1,
            "roles": {f"r{n}": {"members": [f"u{n}-{m}" for m in range(30)]} for n in range(100)},
            "deployments": {
                f"t{t}": {
                    **kind,
                    "approvers": [f"r{n}" for n in range(100) if n % 10 == t % 10 or n % 10 == 0],
                }
                for t in range(30)
            },
            "checklist": {f"Group {n}": [f"Item {m}" for m in range(10)] for n in range(20)},
        }
    )
    assert LARGEST * 0.95 < len(text) <= LARGEST
    assert len(document.read(text.encode()).roles) == 100


def test_the_example_says_the_same_to_any_reader_of_yaml() -> None:
    plain = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    made = document.read(EXAMPLE.read_bytes())
    assert [(role.name, list(role.members)) for role in made.roles] == [
        (name, role["members"]) for name, role in plain["roles"].items()
    ]
    assert [kind.minimum for kind in made.deployments] == [
        kind["minimum-approvals"] for kind in plain["deployments"].values()
    ]


def test_what_others_find_wrong_has_the_line_of_what_it_is_about_and_makes_no_line_of_its_own() -> None:
    problems = [
        (("refs",), "it\x1b[31m is\nred."),
        (("roles", "lead", "members", 1), "nobody."),
        (("deployments", "emergency"), "too few."),
        (("deployments", "standard", "approvers", 7), "größer."),
        ((), "all of it."),
        ((), "all of it."),
    ]
    assert [f"{f.line}: {f.path}: {f.problem}" for f in document.findings(SMALL.encode(), problems)] == [
        "1: : all of it.",
        "3: roles.lead.members[1]: nobody.",
        "9: deployments.standard.approvers[7]: größer.",
        "10: deployments.emergency: too few.",
        "19: refs: it\\x1b[31m is\\nred.",
    ]
    assert document.findings(SMALL.encode(), []) == []


def test_a_finding_is_a_value() -> None:
    found = Finding(line=1, path="a", problem="b")
    assert replace(found, line=2) != found
