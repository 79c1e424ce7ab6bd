"""Who depends on whom, by column: what a SELECT reads of its inputs, and the graph that many such readings make.

What belongs here: reading SQL without running it, and graphs of products as plain data. What does not: Dagster, any
domain, contracts, and finding the files that hold the SQL. Importing this package imports nothing else, and sqlglot is
imported only when there is SQL to read:

- ``data_platform.lineage.select.read_select`` parses one SELECT, or says all that is wrong with it, with the place;
- ``data_platform.lineage.reading.read_columns`` finds which columns of its inputs it reads, how, and what becomes of
  them;
- ``data_platform.lineage.graph.Graph`` holds products and the edges between their columns.
"""
