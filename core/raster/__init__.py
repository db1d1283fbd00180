"""Reading images and masks, writing label rasters; everything that touches GDAL."""
