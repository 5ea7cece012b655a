"""The process of a gate, forked from one that has imported the program already.

To import it takes longer than most of the killed runs do.
"""

import os
import signal
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

# A gate imports some of its modules only when it needs them.
import approval_gate.cli.connect
import approval_gate.cli.prepare
import approval_gate.cli.wait
import approval_gate.core.policy.details
import approval_gate.core.policy.schema
import approval_gate.github.app
import approval_gate.render.policy  # noqa: F401
from approval_gate.cli import main

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", __name__])


def start(environment: Mapping[str, str]) -> BaseProcess:
    """Start ``approval-gate wait`` in a process of its own, with these environment variables alone."""
    process = _FORKS.Process(target=_run, args=(dict(environment),))
    process.start()
    return process


def _run(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # as `python -m` does
    main(["wait"])
