"""``python -m approval_gate``: the command line."""

from approval_gate.cli import main

if __name__ == "__main__":
    main()
