"""What is decided, and why: frozen values and total functions.

Nothing here knows the network, the clock, the environment or the log.
"""
