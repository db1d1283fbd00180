"""Steps 1 and 2: k-means cluster centres and the assignment of pixels to them."""
