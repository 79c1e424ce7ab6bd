"""Tests of the mesh as a whole."""
