"""Sources of a company's own: databases, folders, buckets, servers, each read by one reader, landed by one way.

What belongs in this package: what ``defs.yaml`` of a source may say (``spec``), reading it (``sql``, ``files``,
``http``), landing what came and making rows of it (``landing``), and what is wrong with them (``drift``). What does
not: Dagster (``orchestration.ingestion.source``), and the file with its lines (``products.source_file``). Nothing is
imported here, and a driver only where a source of its kind is opened.
"""
