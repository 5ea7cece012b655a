"""Messages to people outside of GitHub, sent by a process of their own."""
