"""Web-server logs as bytes: which lines are of which date, and what they say. Pure: no Dagster, no object store."""
