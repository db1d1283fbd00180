"""Parts of label rasters, renumbered."""
