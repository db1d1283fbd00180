"""What comes from outside is looked at before it is used: addresses, code in rasters, objects."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import RasterError, segment_raster
from shepherd_segmentation.core.aws import FargateProfile, JobError, Journal, inputs
from shepherd_segmentation.core.aws.inputs import refuse_link_local
from shepherd_segmentation.core.aws.machine import Machine

from .cloud import BUCKET, REGION, Cloud
from .runs import SPEC, TILE, run
from .test_job_records import info, record
from .watching import nothing_left

INSIDE = [
    "http://169.254.169.254/latest/meta-data/a.tif",
    "https://169.254.170.2/v2/credentials/a.tif",
    "http://user:word@169.254.169.254:80/a.tif",
    "http://2852039166/a.tif",
    "http://[fe80::1]/a.tif",
    "http://[::ffff:169.254.169.254]/a.tif",
    "http://[fd00:ec2::254]/a.tif",
]


def mosaic(folder: str, name: str, source: str) -> str:
    """Write a raster that names another one."""
    text = (
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1">'
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename>'
        '<SourceBand>1</SourceBand><SourceProperties RasterXSize="9" RasterYSize="9" DataType="Byte"/>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    gdal.FileFromMemBuffer(f"{folder}/{name}", text.encode())
    return f"{folder}/{name}"


@pytest.fixture
def unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a raster would already ask the address."""

    def fail(path: str) -> None:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(inputs, "open_raster", fail)


@pytest.mark.usefixtures("unopened")
@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_the_machine_is_not_asked(address: str, request: pytest.FixtureRequest) -> None:
    folder = f"/vsimem/{abs(hash(request.node.name))}"
    outer = mosaic(folder, "outer.vrt", mosaic(folder, "inner.vrt", f"/vsicurl/{address}"))
    beside = mosaic(folder, "beside.vrt", "inner.vrt")
    words = "is an address inside the machine that reads it"
    try:
        for path in (f"/vsicurl/{address}", f"{folder}/inner.vrt", outer, beside):
            with pytest.raises(RasterError, match=words):
                refuse_link_local(path)
    finally:
        gdal.RmdirRecursive(folder)


def test_other_addresses_are_not_refused(cloud: Cloud, small: tuple[Path, np.ndarray]) -> None:
    cloud.client("s3").upload_file(str(small[0]), BUCKET, "data/a.tif", ExtraArgs={"ACL": "public-read"})
    refuse_link_local(f"/vsicurl/{cloud.endpoint}/{BUCKET}/data/a.tif")
    refuse_link_local(str(small[0]))


def test_a_run_on_such_an_address_creates_nothing(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(RasterError, match="Give a public address, or one in S3"):
        run(profile, journal, INSIDE[0], tmp_path / "labels.tif")
    assert nothing_left(cloud, journal) and cloud.tasks() == []


def test_a_task_refuses_it_too(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", REGION)
    there = record(source="remote", info=replace(info(), path=f"/vsicurl/{INSIDE[0]}"))
    s3 = cloud.client("s3")
    s3.put_object(Bucket=BUCKET, Key="data/s01/job.json", Body=json.dumps(there.to_dict()).encode())
    try:
        with pytest.raises(RasterError, match="is an address inside the machine"):
            Machine(f"s3://{BUCKET}/data/s01").open_source()
    finally:
        # It takes the process for its own.
        for option in ("GDAL_VRT_ENABLE_PYTHON", "CPL_VSIL_CURL_CHUNK_SIZE"):
            gdal.SetConfigOption(option, None)


CODE = """import os
def evil(in_ar, out_ar, xoff, yoff, xsize, ysize, raster_xsize, raster_ysize, buf_radius, gt, **kwargs):
    open("{marker}", "w").close()
    out_ar[:] = in_ar[0]
"""


def test_code_in_a_raster_is_not_run(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whatever this computer allows, the workers do not.
    monkeypatch.setenv("GDAL_VRT_ENABLE_PYTHON", "YES")
    marker, rows, columns = tmp_path / "marker", *small[1].shape
    cloud.client("s3").upload_file(str(small[0]), BUCKET, "data/plain.tif")
    source = f"/vsis3/{BUCKET}/data/plain.tif"
    (tmp_path / "code.vrt").write_text(
        f'<VRTDataset rasterXSize="{columns}" rasterYSize="{rows}">'
        '<VRTRasterBand dataType="UInt16" band="1" subClass="VRTDerivedRasterBand">'
        "<PixelFunctionType>evil</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>"
        f"<PixelFunctionCode><![CDATA[{CODE.format(marker=marker)}]]></PixelFunctionCode>"
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    cloud.client("s3").upload_file(str(tmp_path / "code.vrt"), BUCKET, "data/code.vrt")
    gdal.VSICurlClearCache()
    assert gdal.Open(str(tmp_path / "code.vrt")).ReadAsArray() is not None
    assert marker.exists(), "the code does not even run where it may"
    marker.unlink()
    with pytest.raises(JobError, match="Cannot read .*code.vrt"):
        run(profile, journal, f"s3://{BUCKET}/data/code.vrt", tmp_path / "labels.tif")
    assert not marker.exists()
    assert nothing_left(cloud, journal)


def test_a_graph_that_points_nowhere_fails_the_job(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    work = tmp_path / "work"
    segment_raster(small[0], tmp_path / "here.tif", SPEC, tile_size=TILE, workspace=work)
    (path,) = work.glob("**/graph/*5.npz")
    with np.load(path) as stored:
        graph = dict(stored.items())
    assert graph["adjacent"].size
    graph["adjacent"][0] = np.iinfo(graph["adjacent"].dtype).max - 1
    np.savez(tmp_path / "evil.npz", **graph)
    cloud.client("s3").upload_file(str(tmp_path / "evil.npz"), BUCKET, "data/evil.npz")
    stands_for = {"bucket": BUCKET, "by": "data/evil.npz"}
    cloud.control(
        "fault", on="spoil", where={"event": "s3:GetObject"}, ends="graph/0000005.npz", **stands_for
    )
    with pytest.raises(JobError, match="graph of tile 5 is damaged"):
        run(profile, journal, small[0], tmp_path / "labels.tif")
    # It has not crashed; 143: told to stop while ending.
    assert [task["exit"] in (0, 143) for task in cloud.tasks("coordinator")] == [True]
    assert not (tmp_path / "labels.tif").exists()
    assert nothing_left(cloud, journal)
