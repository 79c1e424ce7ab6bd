"""What a date of a product costs."""
