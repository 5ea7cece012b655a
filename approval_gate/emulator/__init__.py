"""An embedded GitHub for the demo and the tests.

It implements the part of GitHub's REST and GraphQL APIs that the gate uses,
with state, paging, conditional requests, rate limits, permissions of tokens,
and faults that a test injects.
"""

from approval_gate.emulator.faults import Fault
from approval_gate.emulator.in_process import InProcess
from approval_gate.emulator.server import Server, serve
from approval_gate.emulator.world import Request, World

__all__ = ["Fault", "InProcess", "Request", "Server", "World", "serve"]
