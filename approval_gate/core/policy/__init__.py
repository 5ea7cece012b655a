"""A policy: the values, the document that they are read from, and everything that can be wrong with it."""
