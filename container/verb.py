#!/opt/approval-gate/bin/python -I
"""Runs the verb that this file is named after: the ``entrypoint`` of a docker action takes no arguments."""

import signal

if __name__ == "__main__":
    # Each verb unblocks the signals once it can handle them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})

    import sys
    from pathlib import Path

    from approval_gate.cli import main

    main([Path(sys.argv[0]).name, *sys.argv[1:]], prog_name="approval-gate")
