"""The mesh as a whole: what holds between the products of all domains, read from the files of any checkout.

What belongs here:

- `files`: the products as their files have them, now or at a git revision
- `impact`: who reads what, and what a change means for each
- `checking`: the lint of everything, contracts held against data
- `life`: registering, deprecating, retiring, subscribing
- `overview`: looking at products and their health
- `scaffold`: writing new ones
- `ci`: all of it for a pull request

What does not: one contract or two of them (``contracts``), the graph's own walks (``lineage``), one product
(``products``), options and output of commands (``cli``), and Dagster.
"""
