"""Holding products against their rules: the lint of folders and the mesh, and contracts against data.

What belongs here: findings, and how tools outside show them. What does not: the rules of one contract (``contracts``).
"""
