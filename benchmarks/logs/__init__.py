"""How fast a large web-server log becomes a table partitioned by date, and in how much memory."""
