"""How fast contracts are checked."""
