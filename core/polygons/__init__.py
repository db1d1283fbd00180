"""Segments as polygons."""
