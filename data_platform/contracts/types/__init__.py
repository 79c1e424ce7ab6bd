"""What a column's type means: one table, which the checks, diff, lint, export, import and drafting share.

What belongs here: values of types (``model``), their names in each dialect of SQL (``names``), reading and writing them
(``reading``, ``writing``), what data are of one (``holding``), and Arrow's types as ours (``arrow``). What does not:
judging data (``checks``), and what a change of type is called (``compatibility``).
"""
