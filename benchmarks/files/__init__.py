"""What it costs that a table has many small files."""
