"""What the tests of clipping clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core import data
from tests.core.rasters import write_raster


@pytest.fixture
def inn(tmp_path: Path) -> tuple[str, NDArray]:
    labels = data.golden_case("inn_k60_min50").labels.astype(np.uint32)
    folder = tmp_path / "in"
    folder.mkdir()
    return write_raster(folder / "labels.tif", labels[np.newaxis], nodata=0), labels
