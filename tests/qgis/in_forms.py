"""Processing's forms inside the QGIS desktop: of one run, of a batch, and of the model designer.

Imported there as part of the plugin, which is linked into the profile.
"""

from __future__ import annotations

import os
from typing import Any

from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
from processing.modeler.ModelerParametersDialog import ModelerParametersDialog
from qgis import processing
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
)
from qgis.PyQt.QtWidgets import QGroupBox, QPushButton, QWidget
from qgis.utils import iface

from shepherd_segmentation.tests.qgis.in_desktop import picture, wait

#: Kept, because the designer's forms hold a bare pointer to their model.
_MODEL = QgsProcessingModelAlgorithm("model", "tests")


def form(name: str, height: int = 900, **parameters: Any) -> QWidget:
    """Open the form of an algorithm as the toolbox does."""
    dialog = processing.createAlgorithmDialog(f"shepherd:{name}", parameters)
    dialog.resize(1000, height)
    dialog.show()
    return dialog


def show_advanced(dialog: QWidget) -> None:
    """Unfold the advanced parameters of a form, if it has some, and make it large enough for them."""
    # PyQGIS takes the collapsible box for a plain one; its property is there all the same.
    box = dialog.findChild(QGroupBox, "grpAdvanced")
    if box is not None and box.isVisible():
        box.setProperty("collapsed", False)
        dialog.resize(1000, 1250)


def defaults(dialog: QWidget) -> dict[str, str]:
    """Return the values of a form as text."""
    return {name: str(value) for name, value in dialog.createProcessingParameters().items()}


def finish(dialog: QWidget) -> tuple[bool, dict[str, Any]]:
    """Press Run and wait until the algorithm is over; return whether it succeeded, and its results."""
    outcome = []
    dialog.algorithmFinished.connect(lambda successful, results: outcome.append((successful, results)))
    dialog.runButton().click()
    wait(lambda: outcome)
    return outcome[0]


def batch_form(name: str, rows: list[dict[str, Any]]) -> QWidget:
    """Fill in the form of a batch."""
    dialog = BatchAlgorithmDialog(algorithm(name), iface.mainWindow())
    dialog.resize(1200, 500)
    dialog.show()
    panel = dialog.mainWidget()
    if len(rows) > 1:
        panel.addRow(len(rows) - 1)
    for row, values in enumerate(rows):
        for parameter, value in values.items():
            column = panel.parameter_to_column[parameter]
            if parameter == "OUTPUT":
                panel.tblParameters.cellWidget(row + 1, column).setValue(value)
            else:
                panel.wrappers[row][column].setParameterValue(value, panel.processing_context)
    return dialog


def run_batch(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Run a batch by its form; return the outputs' paths."""
    dialog = batch_form(name, rows)
    picture(dialog, f"{name}-batch")
    dialog.runButton().click()
    paths = [values["OUTPUT"] for values in rows]
    # Since QGIS 3.40 a batch runs in the background.
    wait(lambda: all(map(os.path.exists, paths)) and not dialog.cancelButton().isEnabled())
    picture(dialog, f"{name}-batch-done")
    dialog.close()
    return paths


def put_into_model(name: str) -> QgsProcessingModelChildAlgorithm:
    """Open the form that the model designer shows, and take its values."""
    dialog = ModelerParametersDialog(algorithm(name), _MODEL)
    dialog.resize(800, 1000)
    dialog.show()
    for button in dialog.findChildren(QPushButton):
        if "advanced" in button.text().lower():
            button.click()
    picture(dialog, f"{name}-in-model")
    child = dialog.createAlgorithm()
    dialog.close()
    return child


def algorithm(name: str) -> QgsProcessingAlgorithm:
    """Return an algorithm of the plugin, as forms want it."""
    return QgsApplication.processingRegistry().createAlgorithmById(f"shepherd:{name}")
