"""The demo: scenarios on the embedded GitHub, and the conversation as a person would follow it."""
