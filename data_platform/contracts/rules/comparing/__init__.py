"""What kinds of rules are compared with.

What belongs in this package: limits, lists and thresholds as sets of values, and what a difference between two versions
of a rule is. What does not: any kind of rule, and finding what to compare (``contracts.compatibility``).
"""
