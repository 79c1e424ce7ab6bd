"""The kinds of rules: what each promises, and all that follows from it, one module a kind.

What belongs in this package: the kinds (``kinds``), what a kind is (``model``, ``option``, ``custom``) and which there
are (``registry``); what kinds are written with: plans, SQL and comparing. What does not: running checks
(``contracts.checks``), comparing contracts (``contracts.compatibility``), the lint and the exports: these go through
all kinds and know none of them by name.

**How each kind treats special values** (every engine must):

- *Null*: passes every rule about a value. Only ``Required``, ``PrimaryKey`` and the metrics ``nullValues`` and
  ``missingValues`` judge nulls. ``Unique`` and ``duplicateValues`` skip keys with a null in them; a ``ForeignKey`` with
  a null in it passes (SQL's MATCH SIMPLE).
- *NaN* is a value, not a null. It violates every bound, every enum and ``multipleOf``; two NaN are the same key.
- *-0.0* equals 0.0.
- *Infinity* is compared as a number, and is a multiple of nothing.
- *Empty table*: every rule about values passes; metrics count 0, and 0 percent; ``latency`` and ``frequency`` are not
  evaluated, since there is nothing to measure; a SQL rule sees no rows.
- *Text* is compared by code points, case matters, nothing is trimmed or normalized; length counts code points.
- *Numbers* are compared as the decimals written in the contract; a float column in the column's own precision.
- *Instants*: a limit without a zone, and a column without a zone, are in the property's ``defaultTimezone`` (UTC);
  a date is its first instant.
- *Inside arrays*: a row fails where one item does. Inside objects: nothing is judged where the object itself is null.

A kind of which something else holds says so in its own module.
"""
