"""Step 4: single-pixel clumps join their spectrally nearest neighbour pixel.

Everything here works on a window, which is a tile and its halo, as flat pixel indices of that
window (row * window columns + column).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..errors import raise_if_cancelled
from ..grid import Window

#: Passes after which the remaining single pixels stay segments of their own.
MAX_PASSES = 64
#: Singles that are compared with their neighbours at a time; they stay in the cache.
_BLOCK = 256
#: Halo with which the result of a tile cannot depend on anything outside its window.
EXACT_HALO = MAX_PASSES + 1
#: Halo that is enough for nearly every tile of real imagery.
FIRST_HALO = 8

# The neighbours of a pixel in raster order, as row and column steps; equal distances are
# decided by this order.
ROW_STEPS = {
    4: np.array([-1, 0, 0, 1], np.int64),
    8: np.array([-1, -1, -1, 0, 0, 1, 1, 1], np.int64),
}
COLUMN_STEPS = {
    4: np.array([0, -1, 1, 0], np.int64),
    8: np.array([-1, 0, 1, -1, 1, -1, 0, 1], np.int64),
}


@dataclass(frozen=True)
class JoinedSingles:
    """What became of the single pixels of a window.

    Parameters
    ----------
    pixels, targets : ndarray of int64, shape (n,)
        Single pixels that joined and the neighbour pixel each of them joined, in the order of
        the passes, so that a target that was a single pixel itself comes before its followers.
    passes : ndarray of uint8, shape (n,)
        The pass in which each of them joined, from 1.
    unresolved : ndarray of int64, shape (m,)
        Single pixels that found no larger neighbour.
    state : ndarray of uint8, shape (rows, columns)
        1 where a pixel is an unresolved single, 2 where it joined, 3 where it is null, else 0.
    """

    pixels: np.ndarray
    targets: np.ndarray
    passes: np.ndarray
    unresolved: np.ndarray
    state: np.ndarray


def join_singles(
    image: np.ndarray, clusters: np.ndarray, scale: np.ndarray, connectivity: int, cancel: np.ndarray
) -> JoinedSingles:
    """Join the single pixels of a window to their neighbours, in synchronous passes.

    Parameters
    ----------
    image : ndarray of float32 or float64, shape (bands, rows, columns)
    clusters : ndarray of uint16, shape (rows, columns)
        0 is null.
    scale : ndarray of float64, shape (bands,)
        Factor of each band in distances.
    connectivity : int
        4 or 8.
    cancel : ndarray of uint8, shape (1,)
        The work stops early, with a useless result, when this turns 1.
    """
    steps = ROW_STEPS[connectivity], COLUMN_STEPS[connectivity]
    state = np.zeros(clusters.shape, np.uint8)
    count = _mark_singles(clusters, connectivity == 8, state, cancel)
    raise_if_cancelled(cancel)
    # One more place than singles: every pixel is written before it is looked at.
    waiting = np.empty(count + 1, np.int64)
    _list_singles(state, waiting)
    waiting = waiting[:count]
    pixels, targets = np.empty(count, np.int64), np.empty(count, np.int64)
    passes = np.empty(count, np.uint8)
    joined = _run_passes(image, scale, *steps, waiting, pixels, targets, passes, state, cancel)
    return JoinedSingles(pixels[:joined], targets[:joined], passes[:joined], waiting[: count - joined], state)


def is_exact(singles: JoinedSingles, tile: Window, window: Window, bounds: Window, halo: int) -> bool:
    """Tell whether the tile's single pixels can be trusted although the window was cut there.

    A wrong judgement at the window's edge travels one pixel per pass: what joined at pass
    ``halo - 1`` or earlier is safe, and so is what stayed unresolved unless it is connected,
    through unresolved singles, to an edge that lies inside the raster. That needs a state that
    further passes would not change: a chain that takes all the passes may be shorter in truth.
    """
    if halo >= EXACT_HALO or window == bounds:
        return True
    if singles.passes.size and singles.passes[-1] == MAX_PASSES:
        return False
    shape = np.array([window.rows, window.columns], np.int64)
    rows, columns = tile.slices_in(window)
    box = np.array([rows.start, rows.stop, columns.start, columns.stop], np.int64)
    inner_edges = np.array(
        [
            window.row > bounds.row,
            window.bottom < bounds.bottom,
            window.column > bounds.column,
            window.right < bounds.right,
        ]
    )
    if _last_pass_in(singles.pixels, singles.passes, shape, box) > halo - 1:
        return False
    # Eight steps reach at least what four reach: asking for more is safe.
    return not _reaches_edge(singles.state, singles.unresolved, shape, box, inner_edges)


@njit(nogil=True, cache=True)
def _mark_singles(clusters, eight, state, cancel):
    """Set `state` to 1 where no neighbour has the same cluster, 3 where null; return how many."""
    rows, columns = clusters.shape
    count = 0
    for r in range(rows):
        if cancel[0]:
            return count
        for c in range(columns):
            own = clusters[r, c]
            if own == 0:
                state[r, c] = 3
                continue
            if c > 0 and clusters[r, c - 1] == own:
                continue
            if c + 1 < columns and clusters[r, c + 1] == own:
                continue
            if r > 0 and clusters[r - 1, c] == own:
                continue
            if r + 1 < rows and clusters[r + 1, c] == own:
                continue
            if eight and _has_equal_diagonal(clusters, r, c):
                continue
            state[r, c] = 1
            count += 1
    return count


@njit(nogil=True, cache=True)
def _has_equal_diagonal(clusters, r, c):
    rows, columns = clusters.shape
    own = clusters[r, c]
    for dr in (-1, 1):
        if not 0 <= r + dr < rows:
            continue
        if c > 0 and clusters[r + dr, c - 1] == own:
            return True
        if c + 1 < columns and clusters[r + dr, c + 1] == own:
            return True
    return False


@njit(nogil=True, cache=True)
def _list_singles(state, waiting):
    flat = state.ravel()
    n = 0
    for p in range(flat.size):
        waiting[n] = p
        n += flat[p] == 1


@njit(nogil=True, cache=True)
def _find_targets(image, scale, row_steps, column_steps, block, state, best, found):
    """Write the flat index of each single's nearest neighbour pixel in a larger clump, or -1.

    Neighbour by neighbour and band by band over a block of singles, without branches: which
    neighbour is nearer cannot be predicted.
    """
    bands, rows, columns = image.shape
    flat = state.ravel()
    near, squared = np.empty(block.size, np.int64), np.empty(block.size)
    allowed, row = np.empty(block.size, np.bool_), np.empty(block.size, np.int64)
    for i in range(block.size):
        best[i], found[i], row[i] = np.inf, -1, block[i] // columns
    for k in range(row_steps.size):
        for i in range(block.size):
            r, c = row[i] + row_steps[k], block[i] - row[i] * columns + column_steps[k]
            inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
            near[i] = r * columns + c if inside else block[i]
            # A single that waits, as the pixel itself, and a null pixel have odd states.
            allowed[i] = (flat[np.uint64(near[i])] & 1) == 0
            squared[i] = 0.0
        for b in range(bands):
            plane, factor = image[b].ravel(), scale[b]
            for i in range(block.size):
                # Unsigned: an index that cannot count from the end needs no test.
                p, q = np.uint64(block[i]), np.uint64(near[i])
                d = (np.float64(plane[p]) - np.float64(plane[q])) * factor
                squared[i] += d * d
        for i in range(block.size):
            nearer = allowed[i] & ((found[i] < 0) | (squared[i] < best[i]))
            best[i] = squared[i] if nearer else best[i]
            found[i] = near[i] if nearer else found[i]


@njit(nogil=True, cache=True)
def _run_passes(image, scale, row_steps, column_steps, waiting, pixels, targets, passes, state, cancel):
    """Run the passes; return how many joined. `waiting` keeps the others at its start."""
    flat = state.ravel()
    best, found = np.empty(_BLOCK), np.empty(_BLOCK, np.int64)
    left, joined = waiting.size, 0
    for step in range(1, MAX_PASSES + 1):
        first, kept = joined, 0
        # Decide on the state at the start of the pass ...
        for begin in range(0, left, _BLOCK):
            if cancel[0]:
                return joined
            block = waiting[begin : min(begin + _BLOCK, left)]
            _find_targets(image, scale, row_steps, column_steps, block, state, best, found)
            for i in range(block.size):
                if found[i] < 0:
                    waiting[kept] = block[i]
                    kept += 1
                else:
                    pixels[joined], targets[joined], passes[joined] = block[i], found[i], step
                    joined += 1
        # ... and change it only now.
        for j in range(first, joined):
            flat[pixels[j]] = 2
        left = kept
        if joined == first:
            break
    return joined


@njit(nogil=True, cache=True)
def _inside(p, shape, box):
    r, c = p // shape[1], p % shape[1]
    return box[0] <= r < box[1] and box[2] <= c < box[3]


@njit(nogil=True, cache=True)
def _last_pass_in(pixels, passes, shape, box):
    """Return the latest pass in which a pixel of the box joined."""
    for j in range(pixels.size - 1, -1, -1):
        if _inside(pixels[j], shape, box):
            return passes[j]
    return np.uint8(0)


@njit(nogil=True, cache=True)
def _reaches_edge(state, unresolved, shape, box, inner_edges):
    """Tell whether unresolved singles lead from an inner edge of the window into the box."""
    rows, columns = shape[0], shape[1]
    flat = state.ravel().copy()
    stack = np.empty(unresolved.size, np.int64)
    top = 0
    for i in range(unresolved.size):
        p = unresolved[i]
        r, c = p // columns, p % columns
        if (
            (inner_edges[0] and r == 0)
            or (inner_edges[1] and r == rows - 1)
            or (inner_edges[2] and c == 0)
            or (inner_edges[3] and c == columns - 1)
        ):
            stack[top] = p
            top += 1
            flat[p] = 0
    while top > 0:
        top -= 1
        p = stack[top]
        if _inside(p, shape, box):
            return True
        r, c = p // columns, p % columns
        for nr in range(max(r - 1, 0), min(r + 2, rows)):
            for nc in range(max(c - 1, 0), min(c + 2, columns)):
                q = nr * columns + nc
                if flat[q] == 1:
                    flat[q] = 0
                    stack[top] = q
                    top += 1
    return False
