"""Statistics of segments the slow way: one segment after the other, with numpy alone."""

from __future__ import annotations

import numpy as np


def values_of(labels, band, valid, segment):
    """Valid values of one segment in raster order, as float64."""
    return band[(labels == segment) & valid].astype(np.float64)


def brute_statistics(values, percentiles=()):
    """All statistics of the values of one segment by name; NaN where there is no value."""
    names = ("mean", "stddev", "variance", "min", "max", "range", "sum", "median", "mode", "minority")
    result = dict.fromkeys((*names, "variety", *(f"p{p}" for p in percentiles)), np.nan)
    result["count"] = values.size
    if not values.size:
        return result
    if np.abs(values).max() > 1e150:
        values = values.astype(np.longdouble)
    distinct, counts = np.unique(values, return_counts=True)
    result.update(
        mean=np.mean(values),
        stddev=np.std(values),
        variance=np.var(values),
        min=values.min(),
        max=values.max(),
        range=values.max() - values.min(),
        sum=np.sum(values),
        median=np.median(values),
        mode=distinct[np.argmax(counts)],
        minority=distinct[np.argmin(counts)],
        variety=distinct.size,
    )
    result.update({f"p{p}": np.percentile(values, p) for p in percentiles})
    return result


#: What must be equal to the last bit.
EXACT = ("count", "min", "max", "range", "mode", "minority", "variety")


def check_band(table, name, labels, band, valid, percentiles=(), tolerance=1e-9):
    """Assert that the columns of one band, ``<name>_<statistic>``, are those of `brute_statistics`."""
    ids = np.unique(labels[labels > 0])
    assert np.array_equal(table["segment_id"], ids.astype(np.int64))
    rows = [brute_statistics(values_of(labels, band, valid, s), percentiles) for s in ids]
    for statistic in rows[0] if rows else ():
        column = f"{name}_{statistic}"
        if column not in table:
            continue
        expected = np.array([row[statistic] for row in rows], np.float64)
        found = table[column].astype(np.float64)
        assert np.array_equal(np.isnan(found), np.isnan(expected)), column
        if statistic in EXACT:
            np.testing.assert_array_equal(found, expected, column)
        else:
            largest = np.nanmax(np.abs(band[valid].astype(np.float64)), initial=0.0)
            np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-15 * largest, err_msg=column)
