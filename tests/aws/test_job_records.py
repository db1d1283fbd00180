"""The description of a job, and the pixels that go with it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shepherd_segmentation.core import SegmentationSpec, WorkspaceError
from shepherd_segmentation.core.aws import JobError
from shepherd_segmentation.core.aws.inputs import gdal_name, image_of, input_arrays
from shepherd_segmentation.core.aws.job import JobRecord, job_id_of
from shepherd_segmentation.core.aws.packing import pack, unpack
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.raster.formats import OutputFormat
from shepherd_segmentation.core.raster.source import RasterInfo


def info(kinds: tuple[int, ...] = (1, 1)) -> RasterInfo:
    return RasterInfo("a.tif", 40, 50, (1, 2), kinds, (None, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "")


def test_pixels_survive_the_way_to_a_worker() -> None:
    random, window = np.random.default_rng(4), Window(3, 5, 13, 21)
    image = random.integers(0, 255, (2, 13, 21)).astype(np.float32)
    valid = random.random((13, 21)) > 0.3
    arrays = input_arrays(image, valid, info())
    assert arrays["image"].dtype == np.uint8
    for found, given in zip(image_of(unpack(pack(arrays), "x"), window, info()), (image, valid)):
        assert found.dtype == given.dtype and (found == given).all()
    with pytest.raises(WorkspaceError, match="damaged"):
        image_of(arrays, Window(0, 0, 13, 20), info())
    with pytest.raises(WorkspaceError, match="damaged"):
        image_of({"valid": arrays["valid"]}, window, info())


def test_names_of_sources() -> None:
    assert gdal_name("s3://b/a/x.tif") == "/vsis3/b/a/x.tif"
    assert gdal_name("https://h/x.tif") == "/vsicurl/https://h/x.tif"
    assert gdal_name("/data/x.tif") == "/data/x.tif"


def record(**changes: object) -> JobRecord:
    values = {
        "job_id": "s01",
        "client_id": "c01",
        "queue": "u",
        "dead_letters": "d",
        "source": "uploaded",
        "info": info(),
        "identity": [["a.tif", 3, 4]],
        "spec": SegmentationSpec(max_spectral_difference=float("inf")),
        "extent": Window(0, 0, 40, 50),
        "tile_size": 16,
        "form": OutputFormat("GTiff", ("A=B",)),
        "output_name": "o.tif",
        "metadata": {"a": "b"},
        "has_mask": False,
        "has_centres": False,
        "workers": 2,
        "threads": 1,
        "readers": 1,
        "coordinator_threads": 1,
        "created": 1.0,
        "deadline": 2.0,
    }
    return JobRecord(**{**values, **changes})


def test_a_job_survives_json() -> None:
    assert JobRecord.from_dict(json.loads(json.dumps(record().to_dict()))) == record()


@pytest.mark.parametrize(
    "changes",
    [
        {"output_name": "../o.tif"},
        {"threads": 0},
        {"tile_size": -1},
        {"source": "elsewhere"},
        {"extent": {"row": 0, "column": 0, "rows": 41, "columns": 50}},
        {"spec": {"clusters": 0}},
        {"info": {}},
        {"job_id": "a/b"},
    ],
)
def test_a_damaged_job_is_refused(changes: dict) -> None:
    with pytest.raises(JobError, match="damaged"):
        JobRecord.from_dict({**json.loads(json.dumps(record().to_dict())), **changes})


def test_a_job_of_another_version_is_refused() -> None:
    with pytest.raises(JobError, match="version 0.0.1 of the engine"):
        JobRecord.from_dict({**record().to_dict(), "version": "0.0.1"})


def test_the_id_of_a_job_depends_on_its_parameters_only() -> None:
    assert job_id_of({"a": 1, "b": 2}) == job_id_of({"b": 2, "a": 1}) != job_id_of({"a": 1, "b": 3})
