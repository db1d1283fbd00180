"""The second stage: one tile, from pixels to clumps and their graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..clustering.assign import assign_clusters
from ..clustering.smooth import smooth
from ..dtypes import CLUSTER
from ..errors import RasterError, raise_if_cancelled
from ..grid import TileGrid, Window
from ..raster.source import ImageSource
from ..regions.borders import edges_of
from ..regions.singles import EXACT_HALO, FIRST_HALO, is_exact, join_singles
from ..regions.tile import TileGraph, graph_of_tile
from ..regions.tile_elimination import eliminate_in_tile
from ..spec import SegmentationSpec
from ..timings import Timings
from .prepare import Prepared


@dataclass(frozen=True)
class TileTask:
    """Segments any tile of a raster: what all tiles have in common.

    Parameters
    ----------
    source : ImageSource
        The whole raster; smoothing looks beyond the extent.
    extent : Window
        The part of the raster that is segmented.
    grid : TileGrid
        Over the extent.
    spec : SegmentationSpec
    prepared : Prepared
    cancel : ndarray of uint8, shape (1,)
    timings : Timings
    """

    source: ImageSource
    extent: Window
    grid: TileGrid
    spec: SegmentationSpec
    prepared: Prepared
    cancel: np.ndarray
    timings: Timings

    def segment(self, tile: int) -> tuple[np.ndarray, TileGraph]:
        """Segment one tile.

        Returns
        -------
        labels : ndarray of uint32, shape (rows, columns)
            0 is null, label ``i + 1`` is node ``i`` of the graph.
        graph : TileGraph

        Raises
        ------
        RasterError
            Naming the tile, the part of the raster and the file.
        """
        for halo in (FIRST_HALO, EXACT_HALO):
            try:
                result = self._with_halo(tile, halo)
            except RasterError as error:
                raise RasterError(f"Tile {tile + 1} of {len(self.grid)}: {error}") from error
            if result:
                return result
        raise AssertionError("the exact halo is always enough")

    def _with_halo(self, tile: int, halo: int) -> tuple[np.ndarray, TileGraph] | None:
        """Segment a tile, or return None when the halo was too small to be exact."""
        own = self.grid.window(tile)
        window = own.expand(halo, self.grid.bounds)
        image, clusters = self._clusters(window)
        with self.timings.measure("segmenting"):
            singles = join_singles(image, clusters, self.prepared.scale, self.spec.connectivity, self.cancel)
            if not is_exact(singles, own, window, self.grid.bounds, halo):
                return None
            labels, graph = graph_of_tile(
                image,
                clusters,
                singles,
                own,
                window,
                self.grid.columns,
                self.spec.connectivity,
                self.spec.min_segment_size,
                self.prepared.quantisation,
                self.cancel,
            )
        raise_if_cancelled(self.cancel)
        with self.timings.measure("tile_elimination"):
            return eliminate_in_tile(
                labels,
                graph,
                self._at_border(graph, own),
                self.spec.min_segment_size,
                self.prepared.max_spectral_difference,
                self.prepared.unit,
                self.cancel,
            )

    def _at_border(self, graph: TileGraph, tile: Window) -> np.ndarray:
        """Return the nodes of a tile whose segments may go on in another tile."""
        bounds = self.grid.bounds
        goes_on = {
            "top": tile.row > bounds.row,
            "bottom": tile.bottom < bounds.bottom,
            "left": tile.column > bounds.column,
            "right": tile.right < bounds.right,
        }
        edges = edges_of(graph, tile.rows, tile.columns).nodes
        sides = [nodes for side, nodes in edges.items() if goes_on[side]]
        nodes = np.concatenate([*sides, graph.outside_nodes])
        return nodes[nodes >= 0]

    def _clusters(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window of the extent and assign its pixels to clusters."""
        whole = Window(0, 0, self.source.rows, self.source.columns)
        wanted = window.shift(self.extent.row, self.extent.column)
        read = wanted.expand(self.prepared.weights.size - 1, whole)
        with self.timings.measure("reading"):
            image, valid = self.source.read(read)
        raise_if_cancelled(self.cancel)
        with self.timings.measure("clustering"):
            features = image
            if read != wanted or self.prepared.weights.size > 1:
                inside = wanted.slices_in(read)
                features = smooth(image, valid, self.prepared.weights, self.cancel)
                features, image, valid = (
                    np.ascontiguousarray(a[(..., *inside)]) for a in (features, image, valid)
                )
            clusters = _assign(features, valid, self.prepared, self.cancel)
        raise_if_cancelled(self.cancel)
        return image, clusters


def _assign(features, valid, prepared, cancel):
    if not len(prepared.centres):
        return np.zeros(valid.shape, CLUSTER)
    return assign_clusters(features, prepared.centres, valid=valid, scale=prepared.scale, cancel=cancel)
