"""Statistics of every segment: values of any number of rasters, shape, neighbours."""
