"""The segmentation algorithm in plain Python, written to be read and not to be fast.

It states, step by step, what the engine has to compute: Shepherd, Bunting & Dymond (2019),
*Remote Sensing* 11(6), 658, with every order, tie and limit spelled out. It shares no code with
the engine, so that agreement between the two means something.

Words: a *cluster* is the spectral class of a pixel, a *clump* a connected set of pixels of one
cluster, a *segment* what remains after elimination. Images are (bands, rows, cols), all other
rasters (rows, cols); 0 stands for a null pixel in every raster of clusters or labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_JOIN_PASSES = 64
MAX_ELIMINATION_PASSES = 10

#: Steps to the neighbours of a pixel, in raster order.
NEIGHBOURS = {
    4: ((-1, 0), (0, -1), (0, 1), (1, 0)),
    8: ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)),
}

Pixel = tuple[int, int]


@dataclass
class Region:
    """A segment while segments are being merged."""

    count: int
    sums: list[int]
    neighbours: set[int]


def segment(
    image: NDArray,
    centres: ArrayLike,
    *,
    valid: NDArray[np.bool_],
    min_segment_size: int,
    connectivity: int,
    max_spectral_difference: float,
    scale: ArrayLike | None = None,
    values: NDArray[np.int64] | None = None,
    unit: ArrayLike | None = None,
    features: NDArray | None = None,
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Segment an image whose cluster centres are known.

    `features` is the image to assign when that is not `image` itself (a smoothed one); `values`
    and `unit` are those of `eliminate_small_segments`. Returns the labels and the counts.
    """
    clusters = assign(image if features is None else features, centres, valid, scale)
    clump_labels = clumps(clusters, connectivity)
    joined_labels, joined = join_single_pixels(image, clump_labels, connectivity, scale)
    first, limit = first_pixels(clump_labels), max_spectral_difference
    labels, eliminated = eliminate_small_segments(
        image, joined_labels, first, min_segment_size, connectivity, limit, scale, values, unit
    )
    counts = {
        "clumps": int(clump_labels.max(initial=0)),
        "single_pixel_clumps": int(np.count_nonzero(_sizes(clump_labels) == 1)),
        "after_single_pixel_elimination": int(np.count_nonzero(_sizes(joined_labels))),
        "joined": joined,
        "eliminated": eliminated,
        "segments": int(labels.max(initial=0)),
    }
    return labels, counts


# --- step 2: clusters -----------------------------------------------------------------------


def smooth(image: NDArray, valid: NDArray[np.bool_], sigma: float) -> NDArray[np.float64]:
    """Blur an image with a Gaussian that leaves out null pixels and what is outside the raster.

    A pixel becomes sum(w * v) / sum(w) over the valid pixels of the square of radius
    int(4 * sigma + 0.5) around it, w being exp(-(dy**2 + dx**2) / (2 * sigma**2)). Null pixels
    become 0.
    """
    rows, cols = valid.shape
    radius = int(4 * sigma + 0.5)
    margin = ((radius, radius), (radius, radius))
    present = np.pad(valid.astype(np.float64), margin)
    padded = np.pad(np.where(valid, image, 0).astype(np.float64), ((0, 0), *margin))
    total = np.zeros(image.shape)
    weights = np.zeros(valid.shape)
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            weight = math.exp(-(dy * dy + dx * dx) / (2.0 * sigma * sigma))
            down = slice(radius + dy, radius + dy + rows)
            across = slice(radius + dx, radius + dx + cols)
            total += weight * padded[:, down, across]
            weights += weight * present[down, across]
    return np.where(valid, total / np.where(valid, weights, 1.0), 0.0)


def assign(
    image: NDArray,
    centres: ArrayLike,
    valid: NDArray[np.bool_],
    scale: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Give each valid pixel the number, from 1, of its nearest cluster centre.

    Squared distances are summed in band order in float64; a tie goes to the lower number. With
    `scale`, values and centres are multiplied by their band's factor first.
    """
    centres = np.asarray(centres, dtype=np.float64)
    factors = _factors(scale, image.shape[0])
    clusters = np.zeros(valid.shape, dtype=np.int64)
    nearest = np.full(valid.shape, np.inf)
    scaled = [np.where(valid, band, 0).astype(np.float64) * factor for band, factor in zip(image, factors)]
    for number, centre in enumerate(centres, start=1):
        distance = np.zeros(valid.shape)
        for band, coordinate, factor in zip(scaled, centre, factors):
            difference = band - coordinate * factor
            distance += difference * difference
        closer = valid & (distance < nearest)
        clusters[closer] = number
        nearest[closer] = distance[closer]
    return clusters


# --- step 3: clumps -------------------------------------------------------------------------


def clumps(clusters: NDArray, connectivity: int) -> NDArray[np.int64]:
    """Number the connected components of equal cluster by the raster order of their first pixel."""
    cluster_of = clusters.tolist()
    labels = [[0] * clusters.shape[1] for _ in range(clusters.shape[0])]
    label = 0
    for row, col in _pixels(clusters > 0):
        if labels[row][col]:
            continue
        label += 1
        labels[row][col] = label
        waiting = [(row, col)]
        while waiting:
            pixel = waiting.pop()
            cluster = cluster_of[pixel[0]][pixel[1]]
            for y, x in _neighbours(pixel, clusters.shape, connectivity):
                if cluster_of[y][x] == cluster and not labels[y][x]:
                    labels[y][x] = label
                    waiting.append((y, x))
    return np.array(labels, dtype=np.int64).reshape(clusters.shape)


def first_pixels(clump_labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position, row * width + column, of the first pixel of each label; -1 for unused labels."""
    first = np.full(int(clump_labels.max(initial=0)) + 1, -1, dtype=np.int64)
    found, position = np.unique(clump_labels, return_index=True)
    first[found] = position
    first[0] = -1
    return first


# --- step 4: single pixels ------------------------------------------------------------------


def join_single_pixels(
    image: NDArray,
    clump_labels: NDArray[np.int64],
    connectivity: int,
    scale: ArrayLike | None = None,
) -> tuple[NDArray[np.int64], int]:
    """Join clumps of one pixel to the clump of their spectrally nearest neighbour pixel.

    Every pass decides for all single pixels on the state at its start, then joins them. It ends
    with a pass that joins nothing, or after 64. Returns the labels, which keep their numbers,
    and how many pixels were joined.
    """
    labels = clump_labels.tolist()
    sizes = _sizes(clump_labels).tolist()
    spectra = np.moveaxis(image.astype(np.float64), 0, -1).tolist()
    factors = _factors(scale, image.shape[0])
    singles = [(y, x) for y, x in _pixels(clump_labels > 0) if sizes[labels[y][x]] == 1]
    joined = 0
    for _ in range(MAX_JOIN_PASSES):
        targets = {}
        for pixel in singles:
            candidates = [
                (y, x)
                for y, x in _neighbours(pixel, clump_labels.shape, connectivity)
                if sizes[labels[y][x]] > 1
            ]
            if candidates:
                y, x = _most_similar_pixel(pixel, candidates, spectra, factors)
                targets[pixel] = labels[y][x]
        if not targets:
            break
        for (y, x), label in targets.items():
            sizes[labels[y][x]] = 0
            sizes[label] += 1
            labels[y][x] = label
        joined += len(targets)
        singles = [pixel for pixel in singles if pixel not in targets]
    return np.array(labels, dtype=np.int64).reshape(clump_labels.shape), joined


def _most_similar_pixel(
    pixel: Pixel,
    candidates: Sequence[Pixel],
    spectra: list[list[list[float]]],
    factors: Sequence[float],
) -> Pixel:
    """Return the candidate with the nearest spectrum, the first one among equals."""
    own = spectra[pixel[0]][pixel[1]]
    best, nearest = candidates[0], math.inf
    for y, x in candidates:
        distance = 0.0
        for a, b, factor in zip(own, spectra[y][x], factors):
            difference = (a - b) * factor
            distance += difference * difference
        if distance < nearest:
            best, nearest = (y, x), distance
    return best


# --- steps 5 to 7: the region graph and its elimination -------------------------------------


def eliminate_small_segments(
    image: NDArray,
    labels: NDArray[np.int64],
    first_ids: NDArray[np.int64],
    min_segment_size: int,
    connectivity: int,
    max_spectral_difference: float,
    scale: ArrayLike | None = None,
    values: NDArray[np.int64] | None = None,
    unit: ArrayLike | None = None,
) -> tuple[NDArray[np.int64], int]:
    """Merge segments smaller than the minimum into larger neighbours, smallest first.

    `first_ids[label]` orders the segments: the position of the first pixel that the label had as
    a clump of step 3. A floating-point image needs `values`, its integers after quantisation,
    and `unit`, what one of them is worth in each band; an integer image is its own values.
    Returns labels 1..n in that order, and how many segments were merged away.
    """
    regions = region_graph(_exact_values(image, values), labels, connectivity)
    factors = np.multiply(_factors(scale, image.shape[0]), _factors(unit, image.shape[0])).tolist()
    merged_into: dict[int, int] = {}
    for size in range(1, min_segment_size):
        for _ in range(MAX_ELIMINATION_PASSES):
            decisions = {}
            for label, region in regions.items():
                if region.count == size:
                    target, distance = _nearest_larger_region(label, regions, first_ids, factors)
                    if target and distance <= max_spectral_difference:
                        decisions[label] = target
            if not decisions:
                break
            for label, target in decisions.items():
                merge(regions, label, target)
            merged_into.update(decisions)
    return _renumber(labels, sorted(regions, key=lambda i: first_ids[i]), merged_into)


def region_graph(
    values: NDArray[np.int64], labels: NDArray[np.int64], connectivity: int
) -> dict[int, Region]:
    """Pixel count, exact band sums and adjacent labels of each label."""
    sums = np.zeros((values.shape[0], int(labels.max(initial=0)) + 1), dtype=np.int64)
    for band, band_values in enumerate(values):
        np.add.at(sums[band], labels, band_values)
    sizes = _sizes(labels)
    regions = {
        int(label): Region(int(sizes[label]), sums[:, label].tolist(), set())
        for label in np.flatnonzero(sizes)
    }
    rows, cols = labels.shape
    for dy, dx in NEIGHBOURS[connectivity]:
        here = labels[max(0, -dy) : rows - max(0, dy), max(0, -dx) : cols - max(0, dx)]
        there = labels[max(0, dy) : rows - max(0, -dy), max(0, dx) : cols - max(0, -dx)]
        border = (here != there) & (here > 0) & (there > 0)
        for a, b in set(zip(here[border].tolist(), there[border].tolist())):
            regions[a].neighbours.add(b)
    return regions


def _nearest_larger_region(
    label: int,
    regions: dict[int, Region],
    first_ids: NDArray[np.int64],
    factors: Sequence[float],
) -> tuple[int, float]:
    """Return the spectrally nearest neighbour with more pixels, and its distance; 0 if none."""
    region = regions[label]
    best, nearest = 0, math.inf
    for other in sorted(region.neighbours, key=lambda i: first_ids[i]):
        if regions[other].count > region.count:
            distance = spectral_distance(region, regions[other], factors)
            if best == 0 or distance < nearest:
                best, nearest = other, distance
    return best, nearest


def spectral_distance(a: Region, b: Region, factors: Sequence[float]) -> float:
    """Euclidean distance of two mean spectra, in float64 and band order."""
    total = 0.0
    for sum_a, sum_b, factor in zip(a.sums, b.sums, factors):
        # Exact sums become float64 before the division, as they would in any compiled language.
        mean_a, mean_b = float(sum_a) / float(a.count), float(sum_b) / float(b.count)
        difference = (mean_a - mean_b) * factor
        total += difference * difference
    return math.sqrt(total)


def merge(regions: dict[int, Region], label: int, target: int) -> None:
    """Let `target` absorb the pixels and the neighbours of `label`, which disappears."""
    absorbed = regions.pop(label)
    region = regions[target]
    region.count += absorbed.count
    region.sums = [a + b for a, b in zip(region.sums, absorbed.sums)]
    for other in absorbed.neighbours:
        regions[other].neighbours.remove(label)
        if other != target:
            regions[other].neighbours.add(target)
            region.neighbours.add(other)


def _renumber(
    labels: NDArray[np.int64], survivors: Sequence[int], merged_into: dict[int, int]
) -> tuple[NDArray[np.int64], int]:
    """Replace every label by the number, from 1, of the survivor that it ended up in."""
    number = np.zeros(int(labels.max(initial=0)) + 1, dtype=np.int64)
    number[list(survivors)] = np.arange(1, len(survivors) + 1)
    for label in merged_into:
        survivor = label
        while survivor in merged_into:
            survivor = merged_into[survivor]
        number[label] = number[survivor]
    return number[labels], len(merged_into)


# --- shared -----------------------------------------------------------------------------------


def _pixels(mask: NDArray[np.bool_]) -> list[Pixel]:
    """Positions of the true pixels in raster order."""
    return [(row, col) for row, col in np.argwhere(mask).tolist()]


def _neighbours(pixel: Pixel, shape: tuple[int, ...], connectivity: int) -> Iterator[Pixel]:
    """Yield the neighbours of a pixel that lie inside the raster, in raster order."""
    row, col = pixel
    for dy, dx in NEIGHBOURS[connectivity]:
        if 0 <= row + dy < shape[0] and 0 <= col + dx < shape[1]:
            yield row + dy, col + dx


def _sizes(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pixel count of each label; null pixels count for nothing."""
    sizes = np.bincount(labels.ravel(), minlength=1)
    sizes[0] = 0
    return sizes


def _factors(per_band: ArrayLike | None, bands: int) -> list[float]:
    """Return a factor for each band, 1 where none are given."""
    return [1.0] * bands if per_band is None else np.asarray(per_band, np.float64).tolist()


def _exact_values(image: NDArray, values: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return the integers that sums are made of."""
    if values is not None:
        return np.asarray(values, dtype=np.int64)
    if not np.issubdtype(image.dtype, np.integer):
        raise ValueError("a floating-point image needs its quantised values")
    return image.astype(np.int64)
