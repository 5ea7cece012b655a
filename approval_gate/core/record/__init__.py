"""The decision record: its values, its canonical form, and the derivation by which it is decided again."""
