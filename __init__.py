"""Shepherd Segmentation: satellite and aerial imagery cut into segments, as QGIS Processing algorithms."""


def classFactory(iface):  # noqa: N802 (QGIS looks for this name)
    """Return the plugin; QGIS calls this when it loads it."""
    # Inside the function, so that the engine can be imported where QGIS is missing.
    from .plugin.plugin import ShepherdPlugin

    return ShepherdPlugin(iface)
