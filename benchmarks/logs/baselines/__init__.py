"""The same work without the platform, each a script of its own: ``python <script> LOG FOLDER``.

Each reads a Combined log and writes its events as Parquet, one folder a date (``date=2025-01-31``), with the columns
``date`` (in the folder's name), ``time``, ``client``, ``method``, ``path``, ``query``, ``protocol``, ``status``,
``bytes``, ``referrer``, ``agent``, ``campaign`` and ``bot``. None of them accounts for the lines that it cannot read.
The last line of its output is the number of events.
"""
