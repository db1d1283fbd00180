"""Polygons and clipping from a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shepherd_segmentation.core.command_line import main
from tests.core.polygons.layers import read_layer
from tests.core.rasters import read_labels, write_raster

LABELS = np.array([[9, 9, 4], [7, 4, 4]], np.uint32)


def test_clip_then_polygons(tmp_path: Path, capsys) -> None:
    labels = write_raster(tmp_path / "in.tif", LABELS[np.newaxis])
    clipped, table, layer = (str(tmp_path / name) for name in ("out.tif", "ids.csv", "out.gpkg"))
    extent = "500000,5199980,500020,5200000"
    assert main(["clip", labels, clipped, "--extent", extent, "--output-table", table]) == 0
    assert read_labels(clipped).tolist() == [[3, 3], [2, 1]]
    assert main(["polygons", clipped, layer, "--statistics-table", table, "--layer-name", "parts"]) == 0
    found = read_layer(layer)
    assert found.name == "parts"
    assert found.column("original_id") == [4, 7, 9]
    assert capsys.readouterr().out.splitlines() == [f"3 segments in {clipped}", f"3 polygons in {layer}"]


def test_an_error_is_a_sentence_and_an_exit_code(tmp_path: Path, capsys) -> None:
    labels = write_raster(tmp_path / "in.tif", LABELS[np.newaxis])
    assert main(["clip", labels, str(tmp_path / "out.tif")]) == 1
    assert "give an extent, a mask, or both" in capsys.readouterr().err
