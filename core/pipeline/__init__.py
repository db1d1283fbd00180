"""The stages of a segmentation and the order they run in.

``prepare -> segment_tile (many) -> stitch -> write_tile (many)``; each stage's result is an
object in a workspace.
"""
