"""An embedded GitHub, on which the demo and the tests run.

It speaks the part of GitHub's REST and GraphQL API that the gate uses, on
loopback, with state, and with the unpleasant parts: paging, conditional
requests, rate limits, what a token may not see, and faults on order.
"""

from approval_gate.emulator.faults import Fault
from approval_gate.emulator.server import Server, serve
from approval_gate.emulator.world import Request, World

__all__ = ["Fault", "Request", "Server", "World", "serve"]
