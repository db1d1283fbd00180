"""A workspace of another run, or a damaged one, is refused with a sentence that helps."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shepherd_segmentation.core import SegmentationSpec, WorkspaceError, segment_array, segment_raster
from tests.core.images import make_image
from tests.core.rasters import NORTH_UP, names_in, read_labels, write_raster

SPEC = SegmentationSpec(clusters=8, min_segment_size=6)
IMAGE = make_image("blobs", 51, 2, 60, 70).astype(np.uint8)
TILE_SIZE = 20


@pytest.fixture(scope="module")
def expected() -> NDArray:
    """Return the labels of the image in memory."""
    return segment_array(IMAGE, SPEC).labels


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write the input and segment it once, with a workspace."""
    path = write_raster(tmp_path / "image.tif", IMAGE)
    segment(path, tmp_path)
    return path


def segment(image: str, tmp_path: Path, spec: SegmentationSpec = SPEC, **options: object) -> None:
    """Segment with the workspace of the test."""
    options = {"tile_size": TILE_SIZE, "workspace": tmp_path / "work", **options}
    segment_raster(image, tmp_path / "labels.tif", spec, **options)


OTHER_PARAMETERS = {
    "clusters": 9,
    "min_segment_size": 7,
    "connectivity": 8,
    "max_spectral_difference": 4.5,
    "spectral_distance_percentile": 40,
    "band_scaling": "standardise",
    "smoothing": 0.5,
    "sample_size": 1000,
    "seed": 1,
    "nodata": 3,
    "bands": (2,),
}


def test_every_parameter_is_tried() -> None:
    assert set(OTHER_PARAMETERS) == {field.name for field in dataclasses.fields(SegmentationSpec)}


@pytest.mark.parametrize("name", OTHER_PARAMETERS)
def test_other_parameters_are_refused(name: str, image: str, tmp_path: Path) -> None:
    before = names_in(tmp_path)
    spec = dataclasses.replace(SPEC, **{name: OTHER_PARAMETERS[name]})
    with pytest.raises(WorkspaceError, match="belongs to a run with another parameters: choose a new folder"):
        segment(image, tmp_path, spec)
    assert names_in(tmp_path) == before
    segment(image, tmp_path)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"tile_size": 30}, "tile size"),
        ({"extent": (NORTH_UP[0], NORTH_UP[3] - 400, NORTH_UP[0] + 300, NORTH_UP[3])}, "extent"),
        ({"centres": np.ones((3, 2))}, "centres"),
        ({"mask": "mask.tif"}, "mask"),
    ],
)
def test_other_options_are_refused(options: dict, named: str, image: str, tmp_path: Path) -> None:
    if "mask" in options:
        options = {"mask": write_raster(tmp_path / "mask.tif", np.ones((1, 60, 70), np.uint8))}
    with pytest.raises(WorkspaceError, match=rf"belongs to a run with another {named}: choose a new folder"):
        segment(image, tmp_path, **options)


def test_another_input_is_refused(image: str, tmp_path: Path) -> None:
    other = write_raster(tmp_path / "other.tif", IMAGE)
    with pytest.raises(WorkspaceError, match="belongs to a run with another input: choose a new folder"):
        segment(other, tmp_path)


@pytest.mark.parametrize("change", ["time", "size"])
def test_an_input_that_has_changed_is_refused(change: str, image: str, tmp_path: Path) -> None:
    if change == "time":
        os.utime(image, (1e9, 1e9))
    else:
        status = os.stat(image)
        with open(image, "ab") as stream:
            stream.write(b"\0")
        os.utime(image, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(WorkspaceError, match="belongs to a run with another input"):
        segment(image, tmp_path)


def test_a_mask_that_has_changed_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    mask = write_raster(tmp_path / "mask.tif", np.ones((1, 60, 70), np.uint8))
    segment(path, tmp_path, mask=mask)
    segment(path, tmp_path, mask=mask)
    os.utime(mask, (1e9, 1e9))
    with pytest.raises(WorkspaceError, match="belongs to a run with another mask"):
        segment(path, tmp_path, mask=mask)


def test_another_layer_of_a_mask_is_refused(tmp_path: Path) -> None:
    from tests.core.test_extent_and_mask import box_ring, write_polygons

    path = write_raster(tmp_path / "image.tif", IMAGE)
    mask = write_polygons(tmp_path / "mask.gpkg", [box_ring(NORTH_UP, 0, 30, 0, 30)], 32632, "one")
    write_polygons(tmp_path / "mask.gpkg", [box_ring(NORTH_UP, 0, 50, 0, 50)], 32632, "two")
    segment(path, tmp_path, mask=f"{mask}|layername=one")
    with pytest.raises(WorkspaceError, match="belongs to a run with another mask"):
        segment(path, tmp_path, mask=f"{mask}|layername=two")


def test_another_version_of_the_engine_is_refused(image: str, tmp_path: Path) -> None:
    manifest = tmp_path / "work" / "job.json"
    job = json.loads(manifest.read_text())
    job["engine version"] = "0.0.1"
    manifest.write_text(json.dumps(job))
    with pytest.raises(WorkspaceError, match="belongs to a run with another engine version"):
        segment(image, tmp_path)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.docx").write_text("")
    with pytest.raises(WorkspaceError, match=r"holds other files \(thesis.docx, ...\): choose an empty"):
        segment(path, tmp_path)
    assert "work/thesis.docx" in names_in(tmp_path)
    assert not (tmp_path / "labels.tif").exists()


def test_a_workspace_that_cannot_be_made(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    for place in (Path(path) / "work", Path(path), Path("/proc/self/fdinfo/work")):
        with pytest.raises(WorkspaceError, match=r"The workspace .* cannot be made \(.+\): choose a folder"):
            segment(path, tmp_path, workspace=place)
    assert names_in(tmp_path) == ["image.tif"]


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[1, 2]", b"3", b'{"input": 1'])
def test_a_damaged_manifest_is_refused(text: bytes, image: str, tmp_path: Path) -> None:
    (tmp_path / "work" / "job.json").write_bytes(text)
    with pytest.raises(WorkspaceError, match=r"job\.json is damaged|belongs to a run with another"):
        segment(image, tmp_path)


# --- damaged objects -----------------------------------------------------------------------------


def rewrite(path: Path, change: Callable[[dict[str, NDArray]], None]) -> None:
    """Change the arrays of an object."""
    with np.load(path) as stored:
        arrays = dict(stored)
    change(arrays)
    np.savez(path, **arrays)


def put(name: str, index: int | tuple[int, int], value: int) -> Callable[[dict[str, NDArray]], None]:
    """Return a change of one element of an array."""

    def change(arrays: dict[str, NDArray]) -> None:
        assert arrays[name].size, f"{name} is empty: choose another image"
        arrays[name][index] = value

    return change


GRAPH_DAMAGE = {
    "neighbour too large": put("adjacent", 0, 2**30),
    "neighbour negative": put("adjacent", -1, -1),
    "start negative": put("starts", 1, -5),
    "start too large": put("starts", 1, 2**40),
    "first start": put("starts", 0, 1),
    "edge node too large": put("edge_nodes", 3, 2**30),
    "edge node negative": put("edge_nodes", 3, -2),
    "provisional node too large": put("outside_nodes", 0, 2**30),
    "provisional node negative": put("outside_nodes", 0, -1),
    "joined pixel inside": lambda arrays: (
        put("outside_rows", 0, 30)(arrays),
        put("outside_columns", 0, 30)(arrays),
    ),
    "joined pixel far away": put("outside_columns", 0, 65),
    "joined pixel outside the raster": put("outside_rows", 0, -1),
    "a pass too many": put("wakes", 0, 11),
    "a target in a pass too many": put("wakes", 0, 128 + 11),
    "a known target of nothing": lambda arrays: put("wakes", np.diff(arrays["starts"]).argmin(), 129)(arrays),
    "fewer than no segment eliminated": lambda arrays: arrays.update(eliminated=np.array(-1)),
    "more eliminated than pixels": lambda arrays: arrays.update(eliminated=np.array(2**64 - 1, np.uint64)),
    "more nulls than pixels": lambda arrays: arrays.update(nulls=np.array(64 * 64 + 1)),
    "infinitely many singles": lambda arrays: arrays.update(singles_joined=np.array(np.inf)),
    "negative values clamped": lambda arrays: arrays.update(clamped=np.array(-1)),
    "count of zero": put("totals", (0, 0), 0),
    "count too large": put("totals", (0, 0), 10**6),
    "another type": lambda arrays: arrays.update(adjacent=arrays["adjacent"].astype(np.int64)),
    "another shape": lambda arrays: arrays.update(totals=arrays["totals"][:, :1].copy()),
    "missing": lambda arrays: arrays.pop("edge_clusters"),
    "no starts": lambda arrays: arrays.update(starts=np.empty(0, np.int64)),
    "short edge": lambda arrays: arrays.update(edge_nodes=arrays["edge_nodes"][:-1]),
    "numbers as text": lambda arrays: arrays.update(nulls=np.array("many")),
}


@pytest.mark.parametrize("damage", GRAPH_DAMAGE)
def test_a_damaged_graph_is_refused(damage: str, image: str, tmp_path: Path) -> None:
    (tmp_path / "work" / "stitched.npz").unlink()
    rewrite(tmp_path / "work" / "graph" / "5.npz", GRAPH_DAMAGE[damage])
    with pytest.raises(WorkspaceError, match=r"graph of tile 5 is damaged: delete graph/5\.npz there"):
        segment(image, tmp_path)


LABEL_DAMAGE = {
    "too large": put("labels", (3, 3), 10**6),
    "another type": lambda arrays: arrays.update(labels=arrays["labels"].astype(np.int32)),
    "another shape": lambda arrays: arrays.update(labels=arrays["labels"][1:]),
    "missing": lambda arrays: arrays.update(other=arrays.pop("labels")),
}


@pytest.mark.parametrize("damage", LABEL_DAMAGE)
def test_damaged_labels_are_refused(damage: str, image: str, tmp_path: Path) -> None:
    rewrite(tmp_path / "work" / "labels" / "5.npz", LABEL_DAMAGE[damage])
    with pytest.raises(WorkspaceError, match=r"labels of tile 5 are damaged: delete labels/5\.npz"):
        segment(image, tmp_path)


STITCHED_DAMAGE = {
    "label too large": put("labels", 0, 10**6),
    "offset negative": put("offsets", 3, -1),
    "offset too large": put("offsets", 3, 2**40),
    "size too large": put("sizes", 3, 2**40),
    "size negative": put("sizes", 3, -1),
    "another type": lambda arrays: arrays.update(labels=arrays["labels"].astype(np.int64)),
    "too few tiles": lambda arrays: arrays.update(sizes=arrays["sizes"][1:]),
    "missing": lambda arrays: arrays.pop("counts"),
}


@pytest.mark.parametrize("damage", STITCHED_DAMAGE)
def test_damaged_stitched_segments_are_refused(damage: str, image: str, tmp_path: Path) -> None:
    rewrite(tmp_path / "work" / "stitched.npz", STITCHED_DAMAGE[damage])
    with pytest.raises(WorkspaceError, match=r"stitched segments are damaged: delete stitched\.npz"):
        segment(image, tmp_path)


PREPARED_DAMAGE = {
    "another shape": lambda arrays: arrays.update(centres=arrays["centres"][:, :1]),
    "no centre list": lambda arrays: arrays.update(centres=np.float64(1)),
    "too short": lambda arrays: arrays.update(scale=arrays["scale"][1:]),
    "not a number": put("factor", 0, np.nan),
    "missing": lambda arrays: arrays.pop("limit"),
    "as text": lambda arrays: arrays.update(weights=np.array(["a"])),
}


@pytest.mark.parametrize("damage", PREPARED_DAMAGE)
def test_damaged_clusters_are_refused(damage: str, image: str, tmp_path: Path) -> None:
    rewrite(tmp_path / "work" / "prepared.npz", PREPARED_DAMAGE[damage])
    with pytest.raises(WorkspaceError, match="prepared clusters are damaged: start with a new one"):
        segment(image, tmp_path)


@pytest.mark.parametrize("name", ["prepared", "stitched", "graph/3", "labels/3"])
def test_any_byte_that_is_lost_or_changed(name: str, image: str, expected: NDArray, tmp_path: Path) -> None:
    # Checksums catch most of it; whatever passes must do no harm.
    path = tmp_path / "work" / f"{name}.npz"
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    spots = random.integers(0, len(whole), 25).tolist() + [0, 6, 8, 10, 26, len(whole) - 20, len(whole) - 1]
    damaged = [whole[:spot] for spot in spots[::3]]
    for spot in spots:
        damaged.append(whole[:spot] + bytes([whole[spot] ^ int(random.integers(1, 256))]) + whole[spot + 1 :])
    refused = 0
    for content in damaged:
        path.write_bytes(content)
        if name.startswith("graph"):
            (tmp_path / "work" / "stitched.npz").unlink(missing_ok=True)
        try:
            segment(image, tmp_path)
        except WorkspaceError as error:
            refused += 1
            assert "damaged" in str(error) or "cannot be read" in str(error)
        np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)
    assert refused > 0.6 * len(damaged)


def test_a_deleted_object_is_made_again(image: str, expected: NDArray, tmp_path: Path) -> None:
    for names in (("graph/3",), ("labels/4", "stitched"), ("stitched",), ("labels/5",), ("prepared",)):
        for name in names:
            (tmp_path / "work" / f"{name}.npz").unlink()
        segment(image, tmp_path)
        np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)
