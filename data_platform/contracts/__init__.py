"""What a data product promises: contracts in the Open Data Contract Standard (ODCS), read, judged and enforced.

What belongs here: reading contracts, linting them, comparing their versions, turning their rules into checks, and the
registry of published contracts. What does not: Dagster, any domain, and where tables are stored. Importing this
package imports nothing else, so that a command that only wants one part starts fast:

- ``data_platform.contracts.loading.load`` reads a contract, or raises everything that is wrong with it;
- ``data_platform.contracts.lint.lint`` lists everything that is wrong or doubtful, without raising;
- ``data_platform.contracts.model`` is what a loaded contract looks like.
"""
