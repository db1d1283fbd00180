"""Many readers, cancelling, the thread that progress comes from, and memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    RasterError,
    StatisticsSpec,
    UserStatistic,
    segment_array_statistics,
    segment_columns,
    segment_statistics,
)
from shepherd_segmentation.core.statistics import reading
from shepherd_segmentation.core.statistics.examples import EDGE_PIXELS, variogram
from tests.core.data import ROOT
from tests.core.statistics.scenes import patches, save

ORDERED = StatisticsSpec(("mean", "median"), (5,))


@pytest.fixture
def slow(monkeypatch):
    """Make every read of a band wait, as one over a network does."""
    lock, busy, most = threading.Lock(), [0], [0]
    plain = reading.read_band

    def wait(*arguments):
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        time.sleep(0.05)
        with lock:
            busy[0] -= 1
        plain(*arguments)

    monkeypatch.setattr(reading, "read_band", wait)
    return most


def test_more_readers_are_faster_on_a_slow_source(slow, tmp_path):
    labels = save(tmp_path / "l.tif", patches(1024, 1024, 30))
    image = save(tmp_path / "i.tif", np.random.default_rng(0).normal(size=(3, 1024, 1024)))
    seconds, tables = {}, {}
    for readers in (1, 4, 16):
        slow[0] = 0
        start = time.perf_counter()
        tables[readers] = segment_columns(
            labels, image, ORDERED, tile_size=256, workers=1, max_concurrent_reads=readers
        )
        seconds[readers] = time.perf_counter() - start
        assert slow[0] <= readers
    # 16 tiles, each with the labels and 3 bands: 64 waits of 0.05 seconds one after the other.
    assert seconds[1] > 3.2 and seconds[4] < 0.5 * seconds[1] and seconds[16] < 0.3 * seconds[1]
    for name in tables[1].names:
        assert np.array_equal(tables[1][name], tables[16][name])


class Watch(Progress):
    """Remembers what comes from which thread; cancels some time after the start."""

    def __init__(self, seconds=1e9):
        self.threads, self.fractions, self._end = set(), [], time.monotonic() + seconds
        self.cancelled_at = None

    def fraction(self, done):
        self.threads.add(threading.get_ident())
        self.fractions.append(done)

    def message(self, text):
        self.threads.add(threading.get_ident())

    def is_cancelled(self):
        self.threads.add(threading.get_ident())
        late = time.monotonic() > self._end
        if late and self.cancelled_at is None:
            self.cancelled_at = time.monotonic()
        return late


def test_progress_comes_from_the_callers_thread_and_rises(tmp_path):
    labels = save(tmp_path / "l.tif", np.ones((700, 700), np.uint32))
    image = save(tmp_path / "i.tif", np.random.default_rng(0).normal(size=(2, 700, 700)))
    watch = Watch()
    segment_statistics(
        labels,
        image,
        tmp_path / "t.gpkg",
        ORDERED,
        mean_image=tmp_path / "m.tif",
        tile_size=256,
        memory=1,
        progress=watch,
    )
    assert watch.threads == {threading.get_ident()}
    assert watch.fractions == sorted(watch.fractions) and watch.fractions[-1] == 1.0


@pytest.mark.parametrize("memory", [None, 1])
def test_cancel_while_reading(slow, memory, tmp_path):
    labels = save(tmp_path / "l.tif", patches(1024, 1024, 500))
    image = save(tmp_path / "i.tif", np.random.default_rng(0).normal(size=(3, 1024, 1024)))
    segment_array_statistics(np.ones((4, 4), np.uint32), np.ones((1, 4, 4)), ORDERED)
    watch = Watch(1.0)
    with pytest.raises(Cancelled):
        segment_statistics(
            labels, image, tmp_path / "t.csv", ORDERED, tile_size=256, memory=memory, progress=watch
        )
    assert time.monotonic() - watch.cancelled_at < 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["i.tif", "l.tif"]


def test_cancel_in_a_large_user_statistic():
    def slow_one(values, rows, columns):
        time.sleep(0.01)
        return 0.0

    labels = np.arange(1, 10001, dtype=np.uint32).reshape(100, 100)
    watch = Watch(0.5)
    with pytest.raises(Cancelled):
        segment_array_statistics(
            labels, np.ones((100, 100)), user_statistics=[UserStatistic("s", slow_one)], progress=watch
        )
    assert time.monotonic() - watch.cancelled_at < 2


@pytest.mark.parametrize("value", [1.5, np.inf, 2.0**60])
def test_labels_that_are_not_ids(value, tmp_path):
    labels = np.ones((300, 300))
    labels[290, 290] = value
    path = save(tmp_path / "l.tif", labels)
    with pytest.raises(ParameterError, match="segments.*whole numbers"):
        segment_statistics(path, path, tmp_path / "t.gpkg")
    assert [entry.name for entry in tmp_path.iterdir()] == ["l.tif"]


def test_labels_without_any_segment(tmp_path):
    path = save(tmp_path / "l.tif", np.zeros((300, 300), np.uint8))
    result = segment_statistics(path, path, tmp_path / "t.gpkg", ORDERED, mean_image=tmp_path / "m.tif")
    assert result.segment_count == 0
    layer = gdal.OpenEx(str(tmp_path / "t.gpkg"))
    assert layer.GetLayer(0).GetFeatureCount() == 0
    everything = StatisticsSpec(("mean",), (), ("pixels", "bbox", "orientation"), True)
    assert len(segment_array_statistics(np.zeros((3, 3), int), np.ones((3, 3)), everything)) == 0


def test_wrong_parameters(tmp_path):
    path = save(tmp_path / "l.tif", np.ones((9, 9), np.uint8))
    for wrong in ({"bands": [2]}, {"bands": [0]}, {"bands": [1, 1]}, {"workers": -1}, {"tile_size": 1.5}):
        with pytest.raises(ParameterError):
            segment_columns(path, path, **wrong)
    with pytest.raises(ParameterError, match="rasters"):
        segment_columns(path)
    with pytest.raises(ParameterError, match="statistics"):
        segment_columns(path, path, StatisticsSpec(()))
    with pytest.raises(RasterError, match="nothing.tif"):
        segment_columns(path, tmp_path / "nothing.tif")
    with pytest.raises(ParameterError, match="image"):
        segment_array_statistics(np.ones((4, 4), int), np.ones((4, 5)))


def test_a_damaged_raster_is_named(tmp_path):
    path = save(
        tmp_path / "i.tif", np.random.default_rng(0).normal(size=(600, 600)), options=["COMPRESS=LZW"]
    )
    data = bytearray((tmp_path / "i.tif").read_bytes())
    data[5000:-5000] = b"\xff" * (len(data) - 10000)
    (tmp_path / "i.tif").write_bytes(data)
    labels = save(tmp_path / "l.tif", np.ones((600, 600), np.uint8))
    with pytest.raises(RasterError, match="i.tif"):
        segment_statistics(labels, path, tmp_path / "t.gpkg")
    assert not (tmp_path / "t.gpkg").exists()


@pytest.mark.parametrize("tile_size", [256, 1024])
def test_examples_of_user_statistics(tile_size):
    labels = patches(400, 300, 60)
    image = np.random.default_rng(0).normal(size=(2, 400, 300)).astype(np.float32)
    image[0, ::11] = np.nan
    table = segment_array_statistics(
        labels, image, StatisticsSpec(()), tile_size=tile_size, user_statistics=(EDGE_PIXELS, variogram(2))
    )
    assert table.names[1:4] == ("b1_edge_pixels", "b1_variogram_1", "b1_variogram_2")
    for band in (0, 1):
        for i, segment in enumerate(table["segment_id"]):
            inside = np.pad((labels == segment) & np.isfinite(image[band]), 2)
            padded = np.pad(image[band].astype(np.float64), 2)
            around = inside[1:-3, 2:-2] & inside[3:-1, 2:-2] & inside[2:-2, 1:-3] & inside[2:-2, 3:-1]
            edge = (inside[2:-2, 2:-2] & ~around).sum()
            assert table[f"b{band + 1}_edge_pixels"][i] == edge
            for lag in (1, 2):
                squares = []
                for a, b in (((slice(lag, None),), (slice(None, -lag),)), (np.s_[:, lag:], np.s_[:, :-lag])):
                    both = inside[a] & inside[b]
                    squares.append(((padded[a] - padded[b]) ** 2)[both])
                squares = np.concatenate(squares)
                expected = squares.mean() / 2 if squares.size else np.nan
                found = table[f"b{band + 1}_variogram_{lag}"][i]
                assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_bounded(tmp_path):
    """One segment over everything: its 96 million values would take 384 MB in float32, sorted twice that."""
    labels = save(tmp_path / "l.tif", np.ones((4000, 8000), np.uint8), options=["COMPRESS=DEFLATE"])
    image = np.random.default_rng(0).normal(size=(4000, 8000)).astype(np.float32)
    path = save(tmp_path / "i.tif", np.stack([image] * 3), options=["TILED=YES"])
    code = f"""
        import sys
        sys.path.insert(0, {str(ROOT / ".venv" / "link")!r})
        from osgeo import gdal
        gdal.SetCacheMax(64 * 2**20)
        from shepherd_segmentation.core import StatisticsSpec, segment_columns
        spec = StatisticsSpec(("median",), (5,))
        table = segment_columns({labels!r}, {path!r}, spec, tile_size=512, memory=64 * 2**20)
        # Not getrusage: that remembers the process before this one.
        peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
        sys.stdout.write(repr(float(table["b1_p5"][0])) + " " + peak)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=170
    )
    found, kilobytes = done.stdout.split()
    assert float(found) == np.percentile(image.astype(np.float64), 5)
    assert int(kilobytes) < 600 * 1024
