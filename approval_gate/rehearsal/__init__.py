"""The demo: scenarios with scripted people on the embedded GitHub."""
