"""Run a command with only the INPUT_* variables that the real runner gives to a composite action's step.

act sets INPUT_* for the steps of a composite action; the runner sets it only for
other kinds of actions (actions/runner, Handler.cs: AddInputsToEnvironment has two
callers). In the tests' copy of an action file, `env:` maps inputs to MAPPED_INPUT_*.
Only those become INPUT_* here, so an input that is not mapped is missing.
"""

import os
import sys

environment = {
    name.removeprefix("MAPPED_"): value for name, value in os.environ.items() if not name.startswith("INPUT_")
}
os.execvpe(sys.argv[1], sys.argv[1:], environment)  # noqa: S606 - the step's own command
