"""How long it takes to know who breaks, in meshes of 100, 1,000 and 10,000 products."""
