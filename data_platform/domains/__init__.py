"""One folder a domain team; a team changes only its own.

What belongs here: domain folders. What does not: code that two domains share (it belongs in the platform's own
packages) and imports of one domain by another: a domain names another's products by key and never imports its code.
"""
