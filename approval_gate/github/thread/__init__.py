"""The approval issue as it is read, poll by poll, and remembered."""
