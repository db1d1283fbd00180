"""Puts polygons together into one geometry of several parts."""

from __future__ import annotations

import struct

#: GeoPackage binary: "GP", version, flags, CRS; then an envelope, then well-known binary.
#: http://www.geopackage.org/spec/#gpb_format
_HEADER = struct.Struct("<2sBBi")
_ENVELOPE = struct.Struct("<4d")
_LITTLE_ENDIAN, _WITH_ENVELOPE = 0b1, 0b10
_ENVELOPE_SIZES = (0, 32, 48, 48, 64)
#: Byte order, type and number of parts.
_MULTIPOLYGON = struct.Struct("<BIi")
_WKB_MULTIPOLYGON = 6


class CollectParts:
    """An aggregate function for SQLite: GeoPackage polygons in, one multipolygon out."""

    def __init__(self) -> None:
        self._crs = 0
        self._envelopes: list[tuple[float, ...]] = []
        self._polygons: list[bytes] = []

    def step(self, geometry: bytes) -> None:
        """Add a polygon, as GDAL writes it: little-endian, with an envelope of x and y."""
        _, _, flags, self._crs = _HEADER.unpack_from(geometry)
        start = _HEADER.size + _ENVELOPE_SIZES[flags >> 1 & 0b111]
        self._envelopes.append(_ENVELOPE.unpack_from(geometry, _HEADER.size))
        self._polygons.append(geometry[start:])

    def finalize(self) -> bytes:
        """Return the multipolygon."""
        xmin, xmax, ymin, ymax = zip(*self._envelopes)
        return b"".join(
            [
                _HEADER.pack(b"GP", 0, _WITH_ENVELOPE | _LITTLE_ENDIAN, self._crs),
                _ENVELOPE.pack(min(xmin), max(xmax), min(ymin), max(ymax)),
                _MULTIPOLYGON.pack(1, _WKB_MULTIPOLYGON, len(self._polygons)),
                *self._polygons,
            ]
        )
