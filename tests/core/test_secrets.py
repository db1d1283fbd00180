"""Signatures and passwords stay out of results, workspaces and messages."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import RasterError, SegmentationSpec, segment_raster
from shepherd_segmentation.core.redaction import without_secrets
from tests.core.images import make_image
from tests.core.rasters import write_raster

SPEC = SegmentationSpec(clusters=5, min_segment_size=20)
SECRET = "s3cr3tT0ken"


@pytest.mark.parametrize(
    "source",
    [
        f"/vsicurl/https://host/a.tif?sig={SECRET}",
        f"/vsicurl/https://host/a.tif?se=2024&X-Amz-Signature={SECRET}&X-Amz-Expires=60",
        f"/vsicurl/https://user:{SECRET}@host/a.tif",
        f"/vsizip//vsicurl/https://host/a.zip?token={SECRET}/inside.tif",
        f"/vsicurl?max_retry=3&url=https%3A%2F%2Fhost%2Fa.tif%3Fsig%3D{SECRET}",
        f"PG:host=db dbname=gis user='me' password='{SECRET}' table=scene",
        f"PG:host=db dbname=gis password={SECRET} table=scene",
        f"WMS:https://host/wms?apikey={SECRET}&layers=a",
        f"GEORASTER:scott/{SECRET}@db,table,column",
        f"/vsiaz_streaming/container/a.tif?sig={SECRET}",
        f"<GDAL_WMS><Service><ServerUrl>https://host/wms?key={SECRET}</ServerUrl></Service></GDAL_WMS>",
        f"<GDAL_WMS><UserPwd>me:{SECRET}</UserPwd></GDAL_WMS>",
    ],
)
def test_secrets_are_taken_out(source: str) -> None:
    assert SECRET not in without_secrets(source)


@pytest.mark.parametrize(
    "source",
    [
        "/data/scenes/a.tif",
        "C:\\scenes\\a.tif",
        "/vsis3/bucket/prefix/a.tif",
        "NETCDF:/data/a.nc:Band1",
        "/vsizip//data/a.zip/inside.tif",
        "/data/a?b/key=1/a.tif",
        "creation_options = 'COMPRESS': write options as KEY=VALUE.",
        "Cannot open the raster /data/a.tif: is this a password or a token?",
    ],
)
def test_other_names_stay_as_they_are(source: str) -> None:
    assert without_secrets(source) == source


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve a folder by HTTP; return its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_signed_address_leaves_no_trace(server: str, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    write_raster(tmp_path / "served" / "image.tif", make_image("blobs", 1, 2, 80, 90).astype(np.uint8))
    source = f"/vsicurl/{server}/image.tif?sig={SECRET}"
    segment_raster(source, tmp_path / "out.tif", SPEC, workspace=tmp_path / "work", tile_size=40)
    for path in [tmp_path / "out.tif", *(tmp_path / "work").rglob("*")]:
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert dataset.GetMetadataItem("SHEPHERD_INPUT") == f"/vsicurl/{server}/image.tif"


@pytest.mark.parametrize("what", ["input", "mask", "output"])
def test_messages_keep_it_too(what: str, server: str, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    image = write_raster(tmp_path / "image.tif", make_image("blobs", 1, 2, 80, 90).astype(np.uint8))
    source = f"/vsicurl/{server}/missing.tif?sig={SECRET}"
    with pytest.raises(Exception) as caught:  # noqa: B017, PT011  (any of the engine's own)
        if what == "input":
            segment_raster(source, tmp_path / "out.tif", SPEC)
        elif what == "mask":
            segment_raster(image, tmp_path / "out.tif", SPEC, mask=source)
        else:
            segment_raster(image, source, SPEC)
    assert type(caught.value).__module__.startswith("shepherd_segmentation"), caught.value
    assert "missing" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_read_that_fails_keeps_it(server: str, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    served = tmp_path / "served" / "image.tif"
    image = make_image("noise", 1, 2, 300, 300).astype(np.uint8)
    write_raster(served, image, options=("TILED=YES", "COMPRESS=DEFLATE"))
    served.write_bytes(served.read_bytes()[: served.stat().st_size // 2])
    with pytest.raises(RasterError, match=r"Cannot read rows .*image\.tif") as caught:
        segment_raster(f"/vsicurl/{server}/image.tif?sig={SECRET}", tmp_path / "out.tif", SPEC)
    assert SECRET not in str(caught.value)
