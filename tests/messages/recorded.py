"""A stage that keeps what is printed on it, and the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from click.testing import CliRunner

from approval_gate.cli import main
from approval_gate.emulator import InProcess, Server
from tests.whole.stage import NO_INPUTS, Done, Ended, Stage


@dataclass
class Recorded(Stage):
    """A stage that keeps what is printed on it."""

    conforms: Callable[..., None] = lambda *_: None  # other suites hold the requests to GitHub's descriptions
    printed: list[str] = field(default_factory=list)

    def run_on(
        self,
        github: InProcess | Server,
        inputs: Mapping[str, str] = NO_INPUTS,
        arguments: Sequence[str] = (),
        **variables: str,
    ) -> Ended:
        end = super().run_on(github, inputs, arguments, **variables)
        self.printed.append(end.log)
        return end

    def note(self, printed: str) -> None:
        self.printed.append(printed)

    def post_gate_on(
        self,
        github: InProcess | Server,
        verb: str,
        inputs: Mapping[str, str] = NO_INPUTS,
        arguments: Sequence[str] = (),
        **variables: str,
    ) -> Done:
        done = super().post_gate_on(github, verb, inputs, arguments, **variables)
        self.printed.append(done.log)
        return done


Situation = Callable[[Recorded], object]


def call(*arguments: str, stdin: str | bytes | None = None, **environ: str | None) -> str:
    """Call the command line, and return what it prints."""
    alone = {"GH_TOKEN": None, "GITHUB_TOKEN": None, **environ}
    return CliRunner().invoke(main, arguments, input=stdin, env=alone).output
