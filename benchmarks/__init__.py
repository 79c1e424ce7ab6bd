"""Timings and memory, as ratios against named baselines measured side by side."""
