"""The checks that verify themselves: what they require, and what the facts say to it."""
