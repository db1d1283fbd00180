"""The box of the minimum segment size, outside of a form."""

from __future__ import annotations

import gc
import weakref

import pytest


@pytest.fixture
def new_wrapper(plugin):
    """Make the wrapper of the box as a form does."""
    from qgis.core import QgsProcessingParameterNumber
    from qgis.PyQt.QtWidgets import QDialog

    from shepherd_segmentation.plugin.size_widget import SizeWidgetWrapper

    parameter, dialog = QgsProcessingParameterNumber("MIN_SEGMENT_SIZE", "size", defaultValue=50), QDialog()
    # Both are kept by the form; here by the function.
    return lambda kept=(parameter, dialog): SizeWidgetWrapper(*kept)


def test_it_shows_the_default(new_wrapper):
    from qgis.core import QgsProcessingContext

    wrapper, context = new_wrapper(), QgsProcessingContext()
    # Kept: without a form it belongs to whoever asked for it.
    shown = wrapper.createWrappedWidget(context)
    assert shown is wrapper.wrappedWidget()
    assert wrapper.parameterValue() == 50
    wrapper.setParameterValue(70, context)
    assert wrapper.parameterValue() == 70


def test_python_objects_live_as_long_as_the_widget(new_wrapper, monkeypatch):
    """Otherwise the widget marks some other Python object as deleted when it goes."""
    from qgis.core import QgsProcessingContext
    from qgis.PyQt import sip
    from qgis.PyQt.QtWidgets import QWidget

    from shepherd_segmentation.plugin import size_widget

    made = []

    class Watched(QWidget):
        def __init__(self):
            super().__init__()
            made.append(weakref.ref(self))

    monkeypatch.setattr(size_widget, "QWidget", Watched)
    wrapper, context = new_wrapper(), QgsProcessingContext()
    shown = wrapper.createWrappedWidget(context)
    del wrapper
    gc.collect()
    assert made[0]() is not None
    sip.delete(shown)
    del shown
    # The next form clears away what the last one has left.
    another = new_wrapper().createWrappedWidget(context)
    gc.collect()
    assert made[0]() is None and made[1]() is not None
    sip.delete(another)
