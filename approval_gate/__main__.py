"""``python -m approval_gate``: the command line."""

import signal

if __name__ == "__main__":
    # Each verb admits them once it can take them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})

    from approval_gate.cli import main

    main()
