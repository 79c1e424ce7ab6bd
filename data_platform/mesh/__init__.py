"""The mesh as a whole: what holds between the products of all domains, read from the files of any checkout.

What belongs here: the checkout (of the working tree or of a git revision), the graph of who reads what made from it,
what a change of one product means for the others, and registering, deprecating and retiring with what they refuse.
What does not: one contract or two of them (``contracts``), the graph's own walks (``lineage``), one product
(``products``), options and output of commands (``cli``), and Dagster.
"""
