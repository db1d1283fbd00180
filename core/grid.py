"""Windows of a raster and the grid of tiles that covers it; pure geometry, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels: its upper left pixel and its size."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def bottom(self) -> int:
        """First row below the window."""
        return self.row + self.rows

    @property
    def right(self) -> int:
        """First column to the right of the window."""
        return self.column + self.columns

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.rows * self.columns

    def expand(self, margin: int, bounds: Window) -> Window:
        """Grow by `margin` pixels on every side, but not beyond `bounds`."""
        row, column = max(self.row - margin, bounds.row), max(self.column - margin, bounds.column)
        bottom = min(self.bottom + margin, bounds.bottom)
        right = min(self.right + margin, bounds.right)
        return Window(row, column, bottom - row, right - column)

    def shift(self, rows: int, columns: int) -> Window:
        """Move by a number of rows and columns."""
        return Window(self.row + rows, self.column + columns, self.rows, self.columns)

    def slices_in(self, outer: Window) -> tuple[slice, slice]:
        """Index of this window in an array that holds `outer`."""
        row, column = self.row - outer.row, self.column - outer.column
        return slice(row, row + self.rows), slice(column, column + self.columns)

    def contains(self, other: Window) -> bool:
        """Tell whether `other` lies within this window."""
        return (
            self.row <= other.row
            and self.column <= other.column
            and other.bottom <= self.bottom
            and other.right <= self.right
        )


@dataclass(frozen=True)
class TileGrid:
    """Square tiles over a raster of ``rows`` x ``columns``; the last ones may be smaller."""

    rows: int
    columns: int
    tile_size: int

    @property
    def tile_rows(self) -> int:
        """Number of rows of tiles."""
        return -(-self.rows // self.tile_size)

    @property
    def tile_columns(self) -> int:
        """Number of columns of tiles."""
        return -(-self.columns // self.tile_size)

    @property
    def bounds(self) -> Window:
        """The whole raster."""
        return Window(0, 0, self.rows, self.columns)

    def __len__(self) -> int:
        return self.tile_rows * self.tile_columns

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def window(self, tile: int) -> Window:
        """Pixels of a tile; tiles are numbered in raster order."""
        tile_row, tile_column = divmod(tile, self.tile_columns)
        row, column = tile_row * self.tile_size, tile_column * self.tile_size
        return Window(
            row,
            column,
            min(self.tile_size, self.rows - row),
            min(self.tile_size, self.columns - column),
        )

    def in_bands(self, height: int, depth: int = 1) -> Iterator[int]:
        """Visit tiles down and up in bands of rows of tiles, column by column.

        A band has `height` parts of `depth` rows; a step down in one part is a step in all.
        Workers that take tiles in this order each stay in a part, where a reader still has what
        it needs of the tile to the left, and of the one above.
        """
        for top in range(0, self.tile_rows, height * depth):
            bottom = min(top + height * depth, self.tile_rows)
            for column in range(self.tile_columns):
                for step in range(depth):
                    for row in range(top + step, bottom, depth):
                        yield row * self.tile_columns + column

    def tile_at(self, row: int, column: int) -> int:
        """Tile that holds a pixel."""
        return (row // self.tile_size) * self.tile_columns + column // self.tile_size

    def neighbour(self, tile: int, row_step: int, column_step: int) -> int | None:
        """Tile next to another one, or None outside the raster."""
        tile_row, tile_column = divmod(tile, self.tile_columns)
        row, column = tile_row + row_step, tile_column + column_step
        if 0 <= row < self.tile_rows and 0 <= column < self.tile_columns:
            return row * self.tile_columns + column
        return None
