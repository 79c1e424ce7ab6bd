"""Tests of contracts: loading, linting, checks."""
