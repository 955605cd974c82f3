"""Evaluation of stored results: from files to numbers, tables and plots."""
