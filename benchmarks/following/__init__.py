"""How soon a publication is followed."""
