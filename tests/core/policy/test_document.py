"""Policy documents: the policies they become, and the findings about those that are wrong."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml as pyyaml
from jsonschema import Draft202012Validator

from approval_gate.core.model import Requirement
from approval_gate.core.policy import schema, yaml
from approval_gate.core.policy.findings import DocumentError, Finding
from approval_gate.core.policy.model import (
    DeploymentType,
    Detail,
    Exclusion,
    FollowUp,
    Group,
    Item,
    Policy,
    Role,
    digest,
)
from tests.core.policy.documents import SMALL

ROOT = Path(__file__).resolve().parents[3]
AFTER = "What follows it was not read."
EXAMPLE = ROOT / "examples" / "approval-policy.yml"


def test_a_document_becomes_the_policy_that_it_describes() -> None:
    assert schema.read_policy(SMALL.encode()) == Policy(
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
        checklist=(Group(title="Checks", items=(Item(text="**Tests** - green"), Item(text="plans"))),),
    )


@pytest.mark.parametrize(
    ("word", "exclusion", "authors"),
    [
        ("workflow-initiator", Exclusion.INITIATOR, False),
        ("commit-authors", Exclusion.COMMIT_AUTHORS, True),
        ("known-commit-authors", Exclusion.KNOWN_AUTHORS, True),
    ],
)
def test_each_exclusion_is_read(word: str, exclusion: Exclusion, *, authors: bool) -> None:
    made = schema.read_policy(SMALL.replace("workflow-initiator", word).encode())
    assert made.exclude == (exclusion,)
    assert made.excludes_authors is authors


def test_optional_parts_are_empty_by_default() -> None:
    least = SMALL[: SMALL.index("  emergency:")]
    made = schema.read_policy(least.encode())
    assert (made.refs, made.exclude, made.checklist) == ((), (), None)
    assert made.deployments[0].remind_after is None


@pytest.mark.parametrize(
    ("written", "title", "template"),
    [
        ("{hours: 48}", "Post-mortem", None),
        ("{hours: 48, title: Review, template: .github/x.md}", "Review", ".github/x.md"),
        ("{hours: 48, template: /.github/x.md}", "Post-mortem", ".github/x.md"),
    ],
)
def test_only_an_emergency_has_a_follow_up(written: str, title: str, template: str | None) -> None:
    made = schema.read_policy(f"{SMALL}follow-up: {written}\nblock-on-overdue: [standard]\n".encode())
    assert made.follow_up == FollowUp(hours=48, title=title, template=template)
    assert made.follow_up_of("emergency") == made.follow_up
    assert made.follow_up_of("standard") is None
    assert made.follow_up_of("nightly") is None
    assert made.block_on_overdue == ("standard",)


def test_a_follow_up_needs_the_type_that_leaves_it() -> None:
    text = SMALL.replace("  emergency:", "  urgent:") + "follow-up: {hours: 48}\n"
    assert findings(text) == [
        (
            "23: follow-up: only an emergency has one, and there is no deployment type `emergency`. "
            "Add that type, or remove this."
        )
    ]


def test_the_example_is_a_policy_with_the_process_s_eighteen_checks() -> None:
    made = schema.read_policy(EXAMPLE.read_bytes())
    assert [kind.name for kind in made.deployments] == ["standard", "hotfix", "emergency"]
    assert made.checklist is not None
    own = (ROOT / "approval_gate/render/templates/checklist.md").read_text(encoding="utf-8")
    lines = [
        line
        for group in made.checklist
        for line in (f"#### {group.title}", *(f"- [ ] {item.text}" for item in group.items))
    ]
    assert lines == [line for line in own.splitlines() if line.strip()]


def test_the_schema_file_for_editors_is_up_to_date() -> None:
    kept = json.loads((ROOT / "examples" / "approval-policy.schema.json").read_text(encoding="utf-8"))
    assert kept == schema.json_schema()
    assert EXAMPLE.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=./approval-policy.schema.json\n"
    )


@pytest.mark.parametrize(
    ("item", "accepted"),
    [
        ("plans", True),
        ({"item": "x"}, True),
        ({"item": "x", "verify": {"jobs": ["Build"]}, "required": True}, True),
        ({"item": "x", "verify": {"jobs": {"Build & Test": ["Unit tests"], "Lint": []}}}, True),
        ({"item": "x", "verify": {"deployed-to": "staging", "within-hours": 24}}, True),
        ({"item": "x", "verify": {"hours": {"zone": "UTC", "between": ["22:00-04:00"]}}}, True),
        ({"item": "x", "verify": {"hours": {"zone": "UTC", "days": ["monday-friday"]}}}, True),
        ({"item": "x", "verify": {}}, False),
        ({"item": "x", "verify": None}, False),
        ({"item": "x", "verify": {"reviews": False}}, False),
        ({"item": "x", "verify": {"reviews": True, "jobs": ["Build"]}}, False),
        ({"item": "x", "verify": {"details": "x", "within-hours": 24}}, False),
        ({"item": "x", "verify": {"hours": {"days": ["monday"]}}}, False),
        ({"item": "x", "verify": {"hours": {"zone": "UTC", "days": ["Mon"]}}}, False),
        ({"item": "x", "verify": {"hours": {"zone": "UTC", "between": ["9-17"]}}}, False),
        ({"item": "x", "verify": {"hours": {"zone": "UTC", "frozen": ["1.1.2027"]}}}, False),
        ({"item": "x", "verfy": {"reviews": True}}, False),
    ],
)
def test_an_editor_sees_by_the_schema_what_an_item_can_be(item: object, accepted: bool) -> None:  # noqa: FBT001
    document = pyyaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    document["checklist"] = {"Checks": [item]}
    document["deployments"]["emergency"].pop("waive")
    validator = Draft202012Validator(schema.json_schema())
    assert validator.is_valid(document) is accepted


def test_the_example_is_valid_by_the_schema() -> None:
    document = pyyaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    Draft202012Validator(schema.json_schema()).validate(document)


def test_a_digest_identifies_the_bytes_of_a_document() -> None:
    assert digest("") == "sha256:" + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest("version: 1") != digest("version: 1\n")


# What is wrong -------------------------------------------------------------------------


def findings(text: str | bytes) -> list[str]:
    with pytest.raises(DocumentError) as met:
        schema.read_policy(text if isinstance(text, bytes) else text.encode())
    assert str(met.value) == "; ".join(map(str, met.value.findings))
    return [f"{found.line}: {found.place}: {found}" for found in met.value.findings]


def _golden() -> list[tuple[str, str, list[str]]]:
    """Read the golden file: changes to the policy, and the findings about each."""
    blocks = (Path(__file__).with_name("findings.txt")).read_text(encoding="utf-8").split("\n\n")[1:]
    cases = []
    for block in blocks:
        change, *told = block.rstrip("\n").split("\n")
        here, there = change.replace("⏎", "\n").replace("a*501", "a" * 501).split("  →  ")
        cases.append((here, there, [line.strip() for line in told]))
    return cases


GOLDEN = _golden()


@pytest.mark.parametrize(("here", "there", "told"), GOLDEN, ids=[f"{a} → {b}"[:50] for a, b, _ in GOLDEN])
def test_a_finding_gives_the_line_the_place_and_what_is_allowed(
    here: str, there: str, told: list[str]
) -> None:
    assert here in SMALL
    text = SMALL.replace(here, there, 1)
    assert findings(text) == told if told else schema.read_policy(text.encode())


def test_the_golden_file_has_every_kind_of_mistake() -> None:
    assert len(GOLDEN) >= 50
    assert len({(here, there) for here, there, _ in GOLDEN}) == len(GOLDEN)


def test_findings_are_in_the_order_of_the_lines() -> None:
    text = SMALL.replace("version: 1", "version: 3").replace("refs:", "ref:").replace("60", "soon")
    assert [finding.partition(":")[0] for finding in findings(text)] == ["1", "8", "19"]


def test_very_many_findings_are_cut_and_the_rest_is_counted() -> None:
    many = [f"x{number}: 1" for number in range(100)]
    assert len(findings(SMALL + "\n".join(many[:20]))) == 20
    first, more = findings(SMALL + "\n".join(many[:21]))[-2:]
    assert first.startswith("42: x19: this key is not known")
    assert more == "43: : 1 more problem from here on, listed once these are fixed."
    *first, more = findings(SMALL + "\n".join(many))
    assert len(first) == 20
    assert more == "43: : 80 more problems from here on, listed once these are fixed."


def test_very_many_findings_from_elsewhere_are_cut_too() -> None:
    found = [Finding(path=("refs",), problem=f"{number}.") for number in range(22)]
    shown = yaml.read(SMALL.encode()).placed(found)
    assert [str(each) for each in shown[:20]] == [f"{number}." for number in range(20)]
    problem = "2 more problems from here on, listed once these are fixed."
    assert shown[20:] == [Finding(line=19, problem=problem)]


@pytest.mark.parametrize(
    ("hostile", "told"),
    [
        (b"", "1: : the document is empty; it needs `version`, `roles` and `deployments`."),
        (b"# nothing\n", "1: : the document is empty; it needs `version`, `roles` and `deployments`."),
        (b"- 1", "1: : a list is not a mapping. Write `version`, `roles` and `deployments`."),
        (
            b"just text",
            "1: : the text `just text` is not a mapping. Write `version`, `roles` and `deployments`.",
        ),
        (
            b"a: \x00",
            "1: : it is not YAML: special characters are not allowed. What follows it was not read.",
        ),
        (
            b"version: 1\n" + "# größer\n".encode() * 29 + b"a: \x00\nb: \x00",
            "31: : it is not YAML: special characters are not allowed. What follows it was not read.",
        ),
        (b"a: 1\nb: \xff", "2: : it is not UTF-8. Save it as UTF-8."),
        ("version: 1".encode("utf-16"), "1: : it is not UTF-8. Save it as UTF-8."),
        (b"x" * (1024 * 1024), f"1: : it has 1048576 bytes; a policy can have {yaml.LARGEST}. Shorten it."),
        (
            b"a: b: c",
            "1: : it is not YAML: mapping values are not allowed here. What follows it was not read.",
        ),
        (b"[" * yaml.LARGEST, f"1: : it nests deeper than {yaml.DEEPEST} levels. {AFTER}"),
        (b"{" * yaml.LARGEST, f"1: : it nests deeper than {yaml.DEEPEST} levels. {AFTER}"),
        (b"- " * (yaml.LARGEST // 2), f"1: : it nests deeper than {yaml.DEEPEST} levels. {AFTER}"),
        (b"? " * (yaml.LARGEST // 2), f"1: : it nests deeper than {yaml.DEEPEST} levels. {AFTER}"),
        (
            b"version: 0x" + b"f" * 5000,
            f"1: version: the text `0x{'f' * 58}…` is not 1.",
        ),
        (
            b"version: 1" + b":1" * 3000,
            f"1: version: the text `1{':1' * 29}:…` is not 1.",
        ),
        (b"version: " + b"9" * 5000, f"1: version: the text `{'9' * 60}…` is not 1."),
        (b"version: [" + b"1," * 32000 + b"]", f"1: : it has more than {yaml.MOST} keys and values. {AFTER}"),
        (b"- []\n" * 12000, f"{yaml.MOST}: : it has more than {yaml.MOST} keys and values. {AFTER}"),
        (
            b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]",
            "1: : `a` is an anchor or an alias. Write the values out.",
        ),
        (
            b"a: !!python/object/apply:os.system [id]",
            "1: : it has the tag `tag:yaml.org,2002:python/object/apply:os.system`. Write a plain value.",
        ),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_hostile_yaml_is_refused(hostile: bytes, told: str) -> None:
    assert findings(hostile)[0] == told


def test_a_document_of_the_greatest_depth_is_read() -> None:
    assert findings("[" * yaml.DEEPEST + "]" * yaml.DEEPEST) == [
        "1: : a list is not a mapping. Write `version`, `roles` and `deployments`."
    ]


def test_a_document_of_the_greatest_size_is_read() -> None:
    filled = SMALL + "#" * (yaml.LARGEST - len(SMALL))
    assert schema.read_policy(filled.encode()) == schema.read_policy(SMALL.encode())
    assert len(findings(filled + "#")) == 1


def test_a_document_of_the_most_values_is_read() -> None:
    assert findings("- 1\n" * (yaml.MOST - 1)) == [
        "1: : a list is not a mapping. Write `version`, `roles` and `deployments`."
    ]
    assert findings("- 1\n" * yaml.MOST) == [
        f"{yaml.MOST}: : it has more than {yaml.MOST} keys and values. {AFTER}"
    ]


def test_the_largest_policy_stays_within_the_number_of_values() -> None:
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
    assert yaml.LARGEST * 0.95 < len(text) <= yaml.LARGEST
    assert len(schema.read_policy(text.encode()).roles) == 100


def test_the_example_means_the_same_to_another_yaml_parser() -> None:
    plain = pyyaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    made = schema.read_policy(EXAMPLE.read_bytes())
    assert [(role.name, list(role.members)) for role in made.roles] == [
        (name, role["members"]) for name, role in plain["roles"].items()
    ]
    assert [kind.minimum for kind in made.deployments] == [
        kind["minimum-approvals"] for kind in plain["deployments"].values()
    ]


def test_findings_from_elsewhere_get_the_line_of_their_place_and_stay_on_one_line() -> None:
    problems = [
        (("refs",), "it\x1b[31m is\nred."),
        (("roles", "lead", "members", 1), "nobody."),
        (("deployments", "emergency"), "too few."),
        (("deployments", "standard", "approvers", 7), "größer."),
        ((), "all of it."),
        ((), "all of it."),
    ]
    document = yaml.read(SMALL.encode())
    found = document.placed(Finding(path=path, problem=problem) for path, problem in problems)
    assert [f"{f.line}: {f.place}: {f}" for f in found] == [
        "1: : all of it.",
        "3: roles.lead.members[1]: nobody.",
        "9: deployments.standard.approvers[7]: größer.",
        "10: deployments.emergency: too few.",
        "19: refs: it\\x1b[31m is\\nred.",
    ]
    assert document.placed([]) == []


def test_the_remedy_of_a_finding_follows_its_problem() -> None:
    (found,) = yaml.read(b"a: 1").placed(
        [Finding(path=("a",), problem="It is \x1b[31m.", remedy="Use \x1b.")]
    )
    assert str(found) == "It is \\x1b[31m. Use \\x1b."
