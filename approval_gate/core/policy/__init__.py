"""Who may approve what: the policy as a value, the document it can come from, and what is wrong with it."""
