"""How a tile's pixels get to its worker: through the workspace, or from where the input is."""

from __future__ import annotations

import ipaddress
import re
import socket

import numpy as np
from osgeo import gdal

from ..clustering.smooth import kernel_radius
from ..errors import ParameterError, RasterError, WorkspaceError
from ..grid import Window
from ..raster.gdal_calls import open_raster, quiet
from ..raster.provenance import without_secrets
from ..raster.source import RasterInfo
from ..regions.singles import EXACT_HALO
from ..workspace.base import Arrays
from .job import JobRecord

_REMOTE = ("/vsis3/", "/vsicurl/")
#: AWS's own services inside a machine that are not at a link-local address.
_AWS_INSIDE = ipaddress.ip_network("fd00:ec2::/32")
#: How deep mosaics of mosaics are looked into, and how much of each is.
_NESTING, _TEXT_BYTES = 5, 2**26
_NATIVE = {gdal.GDT_Byte: np.uint8, gdal.GDT_UInt16: np.uint16, gdal.GDT_Int16: np.int16}


def gdal_name(source: str) -> str:
    """Return GDAL's name of a source in a bucket or at an address.

    Examples
    --------
    >>> gdal_name("s3://bucket/a.tif")
    '/vsis3/bucket/a.tif'
    """
    if source.startswith("s3://"):
        return f"/vsis3/{source[5:]}"
    if re.match(r"https?://", source):
        return f"/vsicurl/{source}"
    return source


def forget_cached(path: str) -> None:
    """Make GDAL ask anew what is beside a raster in the cloud: the raster may have come there since."""
    if path.startswith(_REMOTE) and hasattr(gdal, "VSICurlPartialClearCache"):
        gdal.VSICurlPartialClearCache(path.rpartition("/")[0])


def is_remote(path: str) -> bool:
    """Tell whether workers can read a raster themselves.

    One whose name holds a signature or a password is read by this computer, so that the secret
    does not leave it; so is one that has parts on this computer.
    """
    if not path.startswith(_REMOTE) or without_secrets(path) != path:
        return False
    with quiet():
        files = open_raster(path).GetFileList() or [path]
    return all(name.startswith(_REMOTE) for name in files)


def refuse_link_local(path: str) -> None:
    """Refuse an address inside the machine that runs this: its services hold credentials.

    Names that are written in the raster, or in rasters that it is made of, are looked at before
    GDAL opens it, and once more as GDAL understands them.

    Raises
    ------
    RasterError
    """
    _check_names(path, 0)
    with quiet():
        files = open_raster(path).GetFileList() or [path]
    for name in files:
        _check_hosts(path, name)


def _check_names(path: str, depth: int) -> None:
    _check_hosts(path, path)
    text = _text_of_mosaic(path) if depth < _NESTING else ""
    _check_hosts(path, text)
    for name in re.findall(r">\s*([^<>]+\.vrt)\s*<", text, re.IGNORECASE):
        is_whole = name.startswith(("/", "http:", "https:"))
        _check_names(gdal_name(name) if is_whole else f"{path.rpartition('/')[0]}/{name}", depth + 1)


def _text_of_mosaic(path: str) -> str:
    """Return what is in a raster that is a text which names others; nothing for other rasters."""
    with quiet():
        file = gdal.VSIFOpenL(path, "rb")
        if file is None:
            return ""
        try:
            begin = bytes(gdal.VSIFReadL(1, 1024, file) or b"")
            if b"<VRTDataset" not in begin:
                return ""
            return (begin + bytes(gdal.VSIFReadL(1, _TEXT_BYTES, file) or b"")).decode(errors="replace")
        finally:
            gdal.VSIFCloseL(file)


def _check_hosts(path: str, text: str) -> None:
    for host in dict.fromkeys(re.findall(r"https?://(?:[^/@\s<>]*@)?(\[[^]]*\]|[^/:?\s<>\"']+)", text)):
        if any(map(_is_inside, _addresses(host.strip("[]")))):
            raise RasterError(
                f"{path}: {host} is an address inside the machine that reads it, where its credentials are; "
                "it is not read. Give a public address, or one in S3."
            )


def _addresses(host: str) -> set[str]:
    try:
        return {str(item[4][0]).partition("%")[0] for item in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _is_inside(text: str) -> bool:
    address = ipaddress.ip_address(text)
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_link_local or address in _AWS_INSIDE


def upload_window(record: JobRecord, tile: int) -> Window:
    """Return the pixels of the raster that a tile needs whatever its halo turns out to be."""
    own = record.grid.window(tile).expand(EXACT_HALO, record.grid.bounds)
    whole = Window(0, 0, record.info.rows, record.info.columns)
    placed = own.shift(record.extent.row, record.extent.column)
    return placed.expand(kernel_radius(record.spec.smoothing), whole)


def input_arrays(image: np.ndarray, valid: np.ndarray, info: RasterInfo) -> Arrays:
    """Return a window of the input in the input's own types, which are smaller than features."""
    arrays: Arrays = {"valid": np.packbits(valid)}
    kinds = {_NATIVE.get(kind) for kind in info.types}
    if len(kinds) == 1 and None not in kinds:
        return {**arrays, "image": image.astype(kinds.pop())}
    return {**arrays, "image": image}


def image_of(arrays: Arrays, window: Window, info: RasterInfo) -> tuple[np.ndarray, np.ndarray]:
    """Return features and valid pixels of a window; refuse what does not fit.

    Raises
    ------
    WorkspaceError
    """
    image, packed = arrays.get("image"), arrays.get("valid")
    shape = (len(info.bands), window.rows, window.columns)
    sound = image is not None and packed is not None and image.shape == shape
    sound = sound and (image.dtype == info.dtype or image.dtype in _NATIVE.values())
    if not sound or packed.dtype != np.uint8 or packed.shape != (-(-window.pixels // 8),):
        raise WorkspaceError("The pixels of a tile are damaged: start the job again.")
    valid = np.unpackbits(packed, count=window.pixels).reshape(shape[1:]).astype(np.bool_)
    return np.ascontiguousarray(image, info.dtype), valid


class WindowSource:
    """One window of a raster, in memory, with the raster's coordinates.

    Parameters
    ----------
    info : RasterInfo
    window : Window
    image : ndarray, shape (bands, rows, columns) of the window
    valid : ndarray of bool, shape (rows, columns) of the window
    """

    def __init__(self, info: RasterInfo, window: Window, image: np.ndarray, valid: np.ndarray) -> None:
        self.rows, self.columns, self.bands = info.rows, info.columns, len(info.bands)
        self.dtype, self.is_integer = info.dtype, info.is_integer
        self._window, self._image, self._valid = window, image, valid

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return a copy of a part of the window; see `ImageSource`."""
        if not self._window.contains(window):
            raise ParameterError("window", window, "this is outside of what was uploaded.")
        index = window.slices_in(self._window)
        image = np.ascontiguousarray(self._image[(slice(None), *index)])
        return image, np.ascontiguousarray(self._valid[index])
