"""The application: open, poll, decide, notify, end; and what follows a gate that was killed or a deployment.

It knows the core and, as protocols, the adapters; it sequences and decides nothing.
"""
