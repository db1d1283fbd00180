"""Measures speed and memory; run with ``make bench`` or ``make bench-large``."""
