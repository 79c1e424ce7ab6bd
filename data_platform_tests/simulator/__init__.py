"""The simulator: what it promises to the tests and demos of everything else."""
