"""Run a command with what the real runner gives to a composite action's step, and no more.

act sets INPUT_* for the steps of a composite action; the runner sets it only for
actions of other kinds (actions/runner, Handler.cs: AddInputsToEnvironment has two
callers). The tests' copy of an action file names what its `env:` maps MAPPED_INPUT_*:
only that becomes INPUT_* here, so that an input which is not mapped is missing.
"""

import os
import sys

environment = {
    name.removeprefix("MAPPED_"): value for name, value in os.environ.items() if not name.startswith("INPUT_")
}
os.execvpe(sys.argv[1], sys.argv[1:], environment)  # noqa: S606 - the step's own command
