"""The logs team: what the shop's web servers wrote, by date."""
