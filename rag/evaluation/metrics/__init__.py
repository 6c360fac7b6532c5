"""Metrics: pure functions of one question and its answer, and their summing up."""
