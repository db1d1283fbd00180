"""Fargate profiles in QGIS: kept in its settings, edited in its options."""
