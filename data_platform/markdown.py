"""Text of others in Markdown."""
