"""The inputs of a ``wait``, read as the program reads them, without any gate."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType, SimpleNamespace

import click

from approval_gate.runner.checks import Inputs, read_inputs
from approval_gate.runner.environment import read_run_context
from approval_gate.runner.inputs import WaitInputs, inputs_of
from approval_gate.runner.options import options, problems_of

SHA = "a1b2c3d" + "0" * 33
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "1",
        "GITHUB_ACTOR": "kim",
        "GITHUB_SHA": SHA,
        "GITHUB_REF_NAME": "v1.2.3",
        "GITHUB_REF_TYPE": "tag",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_SERVER_URL": "https://github.com",
        "INPUT_TOKEN": "a-token",
        "INPUT_APPROVERS": "ann",
    }
)


def read(
    inputs: Mapping[str, str] = MappingProxyType({}), arguments: Sequence[str] = (), **variables: str
) -> Inputs:
    """Read inputs as a composite action gives them, and further variables of the environment."""
    given = {f"INPUT_{name.upper().replace('-', '_')}": value for name, value in inputs.items()}
    environ = {**VARIABLES, **given, **variables}

    @click.command()
    @options(inputs_of(WaitInputs))
    def wait(**_: object) -> None:
        """Wait."""

    context = wait.make_context("wait", [*arguments], obj=SimpleNamespace(environ=environ))
    return read_inputs(WaitInputs(**context.params), read_run_context(environ), problems_of(context))
