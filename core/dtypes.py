"""The array types that the kernels agree on, in one place."""

from __future__ import annotations

import numpy as np

CLUSTER = np.uint16  #: cluster of a pixel, 1..k, 0 = null
LABEL = np.uint32  #: clump of a tile or final segment, 1..n, 0 = null
NODE = np.int32  #: index of a node of the region graph
PIXEL = np.int64  #: row * width + column of a pixel of the whole raster

#: "No first pixel": later than every real one.
NO_PIXEL = np.iinfo(np.int64).max
#: Largest number of nodes that `NODE` can address.
MAX_NODES = np.iinfo(np.int32).max - 1
