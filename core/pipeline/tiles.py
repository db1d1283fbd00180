"""The second stage: one tile, from pixels to clumps and their graph."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import numpy as np

from ..clustering.assign import assign_clusters
from ..clustering.smooth import smooth
from ..dtypes import CLUSTER, LABEL, NODE
from ..errors import RasterError, WorkspaceError, raise_if_cancelled
from ..grid import TileGrid, Window
from ..raster.source import ImageSource
from ..regions.graph import MAX_PASSES, NEVER, TARGET_KNOWN
from ..regions.singles import EXACT_HALO, FIRST_HALO, is_exact, join_singles
from ..regions.tile import TileGraph, graph_of_tile
from ..regions.tile_rest import eliminate_in_tile
from ..spec import SegmentationSpec
from ..timings import Timings
from ..workspace.base import Arrays
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
        cuts = np.cumsum([tile.columns, tile.columns, tile.rows])
        inner = (
            tile.row > bounds.row,
            tile.bottom < bounds.bottom,
            tile.column > bounds.column,
            tile.right < bounds.right,
        )
        sides = [side for side, goes_on in zip(np.split(graph.edge_nodes, cuts), inner) if goes_on]
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


def graph_to_arrays(graph: TileGraph) -> Arrays:
    """Return a tile's graph as arrays for a workspace."""
    return {name: np.asarray(value) for name, value in asdict(graph).items()}


def graph_from_arrays(arrays: Arrays, tile: int, window: Window, bands: int) -> TileGraph:
    """Rebuild a tile's graph from a workspace.

    Raises
    ------
    WorkspaceError
        If types, shapes or indices are not those of a graph of this tile: the kernels do not
        check them again.
    """
    try:
        values = {field.name: arrays[field.name] for field in fields(TileGraph)}
        for name in ("singles_joined", "nulls", "clamped", "eliminated"):
            values[name] = int(values[name])
        graph = TileGraph(**values)
        sound = _is_sound(graph, window, bands)
    except (KeyError, TypeError, ValueError, IndexError):
        sound = False
    if not sound:
        raise WorkspaceError(
            f"The workspace's graph of tile {tile} is damaged: delete graph/{tile}.npz there and "
            "start the run again."
        )
    return graph


def _is_sound(graph: TileGraph, window: Window, bands: int) -> bool:
    n = len(graph.totals)
    edge = 2 * (window.rows + window.columns)
    outside = graph.outside_nodes.size
    shapes = (
        (graph.totals, np.int64, (n, 1 + bands)),
        (graph.first_pixels, np.int64, (n,)),
        (graph.starts, np.int64, (n + 1,)),
        (graph.adjacent, NODE, (int(graph.starts[-1]),)),
        (graph.wakes, np.uint8, (n,)),
        (graph.edge_nodes, NODE, (edge,)),
        (graph.edge_clusters, CLUSTER, (edge,)),
        (graph.outside_nodes, NODE, (outside,)),
        (graph.outside_rows, np.int64, (outside,)),
        (graph.outside_columns, np.int64, (outside,)),
    )
    if not all(array.dtype == kind and array.shape == shape for array, kind, shape in shapes):
        return False
    in_range = _between(graph.adjacent, 0, n) and _between(graph.edge_nodes, -1, n)
    in_range &= _between(graph.outside_nodes, 0, n) and _between(graph.totals[:, 0], 1, window.pixels + 1)
    in_range &= _lie_around(graph.outside_rows, graph.outside_columns, window)
    in_range &= graph.eliminated >= 0 and _may_wake(graph.wakes, np.diff(graph.starts))
    return bool(in_range and graph.starts[0] == 0 and (np.diff(graph.starts) >= 0).all())


def _may_wake(wakes: np.ndarray, neighbours: np.ndarray) -> bool:
    """Tell whether segments take part in passes that there are, and have the target that they know."""
    knows_target = (wakes >= TARGET_KNOWN) & (wakes != NEVER)
    known_passes = np.where(knows_target, wakes - TARGET_KNOWN, wakes)
    return bool(((known_passes <= MAX_PASSES) | (wakes == NEVER)).all() and neighbours[knows_target].all())


def _between(values: np.ndarray, low: int, high: int) -> bool:
    return values.size == 0 or bool(values.min() >= low and values.max() < high)


def _lie_around(rows: np.ndarray, columns: np.ndarray, window: Window) -> bool:
    """Tell whether pixels touch a window from outside."""
    beside = (rows == window.row - 1) | (rows == window.bottom)
    beside |= (columns == window.column - 1) | (columns == window.right)
    near = _between(rows, window.row - 1, window.bottom + 1)
    return bool(near and _between(columns, window.column - 1, window.right + 1) and beside.all())


def checked_labels(arrays: Arrays, tile: int, window: Window, nodes: int) -> np.ndarray:
    """Return a tile's labels from a workspace, refusing what does not fit its graph."""
    labels = arrays.get("labels")
    fits = labels is not None and labels.dtype == LABEL
    if not fits or labels.shape != (window.rows, window.columns) or labels.max() > nodes:
        raise WorkspaceError(
            f"The workspace's labels of tile {tile} are damaged: delete labels/{tile}.npz and "
            f"graph/{tile}.npz there and start the run again."
        )
    return labels
