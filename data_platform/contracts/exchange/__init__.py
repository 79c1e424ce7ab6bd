"""Contracts in the forms of the standard's neighbours, and out of them: JSON Schema, SQL, dbt, Markdown.

What belongs here: one module a form, each with ``exported`` (contract to text) and, where it can be read, ``imported``
(text to a draft of a table), and ``external``, which hands everything else to ``datacontract-cli`` where that is
installed. What does not: where the files are, and options of commands. No form is a round trip of everything that a
contract says; names, types, what is required, and keys survive each.
"""
