"""Menu, options and profiles in the QGIS desktop; runs inside QGIS and reports as JSON.

The variable SHEPHERD_SESSION names a folder for `report.json` and pictures, SHEPHERD_PACKAGES one with
numba.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time

# What starting QGIS has loaded; so before anything else is imported.
report: dict = {"heavy modules": sorted({"numba", "boto3", "llvmlite"} & set(sys.modules))}

from qgis.core import QgsApplication, QgsProject  # noqa: E402
from qgis.PyQt.QtCore import QEventLoop, Qt, QTimer  # noqa: E402
from qgis.PyQt.QtWidgets import (  # noqa: E402
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QPushButton,
    QTextBrowser,
    QToolButton,
)
from qgis.utils import iface, loadPlugin, plugins, startPlugin, unloadPlugin  # noqa: E402

# They keep nothing of the plugin, so that they outlive its reloading.
from shepherd_segmentation.tests.qgis.in_desktop import (  # noqa: E402
    FOLDER,
    in_dialog,
    map_picture,
    opened,
    page_of,
    picture,
    rest,
    run_steps,
    tab_order,
    wait,
)
from shepherd_segmentation.tests.qgis.in_forms import (  # noqa: E402
    batch_form,
    defaults,
    form,
    put_into_model,
    show_advanced,
)

NAME = "shepherd_segmentation"
PROFILE = {
    "name": "Office",
    "region": "eu-central-1",
    "bucket": "office-jobs",
    "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:1",
    "task_role_arn": "arn:aws:iam::123456789012:role/task",
    "execution_role_arn": "arn:aws:iam::123456789012:role/execution",
    "subnets": "subnet-0a, subnet-0b",
    "security_groups": "sg-0c",
}


def messages():
    bar = iface.messageBar()
    return [label.toPlainText() for label in bar.findChildren(QTextBrowser) if label.toPlainText()]


def action(start):
    """Return the action of the plugin's menu whose text starts so."""
    (found,) = (
        item for item in plugins[NAME].menu.menu.actions() if item.text().replace("&", "").startswith(start)
    )
    return found


def current_settings():
    # Not imported once for all: reloading the plugin replaces its modules.
    return importlib.import_module(f"{NAME}.plugin.settings").Settings.load()


def current_profiles():
    return importlib.import_module(f"{NAME}.plugin.profiles.store").stored_profiles()


def look_at_the_start():
    report["messages after a crash"] = messages()
    report["stored settings"] = current_settings().engine_place
    picture(iface.mainWindow(), "message-after-a-crash")
    iface.messageBar().clearWidgets()
    report["menu"] = [item.text() for item in plugins[NAME].menu.menu.actions() if item.text()]
    raster = [item.text() for item in iface.rasterMenu().actions()]
    report["in the raster menu"] = raster.count("Shepherd Segmentation")
    button = iface.mainWindow().findChild(QToolButton, "mShepherdButton")
    report["button in the toolbar"] = iface.pluginToolBar().isAncestorOf(button)


def miss_numba():
    """Start the plugin twice where numba is not installed."""
    packages = os.environ["SHEPHERD_PACKAGES"]
    sys.path.remove(packages)
    importlib.invalidate_caches()
    told = []
    for _ in range(2):
        unloadPlugin(NAME)
        loadPlugin(NAME)
        startPlugin(NAME)
        rest(0.2)
        told.append(messages())
        if len(told) == 1:
            picture(iface.mainWindow(), "numba-is-missing")
            buttons = iface.messageBar().findChildren(QPushButton)
            (button,) = (item for item in buttons if item.text() == "How to Install It")
            in_dialog("QMessageBox", read_cure, button.click)
        iface.messageBar().clearWidgets()
        rest(0.2)
    report["told of numba"] = told
    in_dialog("QMessageBox", read_refusal, action("Segment").trigger)
    sys.path.insert(0, packages)
    importlib.invalidate_caches()


def read_cure(box):
    report["cure"] = box.text()
    box.accept()


def read_refusal(box):
    report["refusal"] = box.text()
    box.accept()


def try_the_sample():
    action("Try").trigger()
    wait(lambda: opened("AlgorithmDialog"))
    dialog = opened("AlgorithmDialog")
    picture(dialog, "sample-form")
    report["sample in the form"] = dialog.createProcessingParameters()["INPUT"]
    dialog.close()
    map_picture("sample-map")
    action("Try").trigger()
    rest(0.2)
    for widget in QApplication.topLevelWidgets():
        if type(widget).__name__ == "AlgorithmDialog":
            widget.close()
    report["layers"] = [layer.id() for layer in QgsProject.instance().mapLayers().values()]
    action("Segment").trigger()
    wait(lambda: opened("AlgorithmDialog"))
    report["active layer in the form"] = opened("AlgorithmDialog").createProcessingParameters()["INPUT"]
    opened("AlgorithmDialog").close()


def change_the_settings():
    in_dialog("QgsOptions", fill_in_options, action("Settings").trigger)
    report["settings"] = current_settings().__dict__
    report["profiles"] = current_profiles()
    in_dialog("QgsOptions", cancel_options, action("Settings").trigger)
    report["profiles after cancel"] = list(current_profiles())


def fill_in_options(options):
    options.resize(1000, 740)
    page = page_of(options)
    report["options show the page"] = page.isVisible()
    report["options fit"] = [options.width(), options.height()]
    picture(options, "options")
    page.workers.setValue(2)
    page.memory.setValue(6.5)
    page.place.setCurrentIndex(0)
    page.cache.setFilePath(str(FOLDER / "kernels"))
    in_dialog("ProfileDialog", fill_in_profile, page.profiles.buttons["add"].click)
    picture(options, "options-with-profile")
    page.profiles.buttons["test"].click()
    wait(lambda: page.profiles.buttons["test"].isEnabled())
    report["test of the profile"] = page.profiles.message.text()
    picture(options, "options-after-test")
    report["tab order of the options"] = tab_order(
        options,
        {
            "workers": page.workers,
            "memory": page.memory,
            "place": page.place,
            "cache": page.cache,
            "list": page.profiles.list,
            **page.profiles.buttons,
        },
    )
    options.findChild(QDialogButtonBox, "buttonBox").button(QDialogButtonBox.StandardButton.Ok).click()


def cancel_options(options):
    page = page_of(options)
    page.profiles.buttons["remove"].click()
    options.findChild(QDialogButtonBox, "buttonBox").button(QDialogButtonBox.StandardButton.Cancel).click()


def fill_in_profile(dialog):
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    for key, value in PROFILE.items():
        if key != "bucket":
            dialog.fields[key].put(value)
    dialog.fields["cpu"].widget.setCurrentText("1 vCPU")
    ok.click()
    report["problems in the profile"] = {
        key: label.text() for key, label in dialog.errors.items() if label.text()
    }
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        picture(dialog, f"profile-{number}")
    report["tab order of the profile"] = tab_order(
        dialog, {key: field.widget for key, field in dialog.fields.items()}
    )
    report["fields of the profile"] = list(dialog.fields)
    report["profile fits"] = [dialog.width(), dialog.height()]
    dialog.fields["bucket"].put("office-jobs")
    dialog.fields["memory"].widget.setCurrentText("4GB")
    ok.click()


def look_at_compute():
    dialog = form("segmenttiled")
    show_advanced(dialog)
    wrapper = dialog.mainWidget().wrappers["COMPUTE"]
    report["compute offers"] = offers(wrapper.wrappedWidget() or wrapper.widget)
    report["compute at first"] = dialog.createProcessingParameters()["COMPUTE"]
    dialog.setParameters({"COMPUTE": "Office"})
    report["compute chosen"] = dialog.createProcessingParameters()["COMPUTE"]
    picture(dialog, "segmenttiled-with-profile")
    dialog.close()
    batch = batch_form("segmenttiled", [{"COMPUTE": "Office"}])
    panel = batch.mainWidget()
    report["compute in a batch"] = panel.wrappers[0][panel.parameter_to_column["COMPUTE"]].parameterValue()
    batch.close()
    child = put_into_model("segmenttiled")
    report["compute in a model"] = child.parameterSources()["COMPUTE"][0].staticValue()


def offers(box):
    box = box if isinstance(box, QComboBox) else box.findChild(QComboBox)
    return [[box.itemText(number), box.itemData(number)] for number in range(box.count())]


def look_at_jobs():
    action("Jobs").trigger()
    wait(lambda: opened("AlgorithmDialog"))
    dialog = opened("AlgorithmDialog")
    picture(dialog, "jobs-form")
    report["jobs form"] = {key: value for key, value in defaults(dialog).items() if key != "LIST"}
    dialog.close()


def stay_responsive():
    """Run the algorithm by its form, and measure how long the main loop stands still."""
    module = importlib.import_module(f"{NAME}.plugin.settings")
    module.Settings().save()
    for place in ("first run", "longest stall"):
        dialog = form("segmenttiled")
        dialog.setParameters(
            {"INPUT": request["large image"], "COMPUTE": "local", "OUTPUT": str(FOLDER / f"{place}.tif")}
        )
        outcome, beats = [], []
        dialog.algorithmFinished.connect(lambda good, results, found=outcome: found.append(good))
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda found=beats: found.append(time.monotonic()))
        dialog.runButton().click()
        timer.start(10)
        tasks = QgsApplication.taskManager().activeTasks()
        report["task"] = [task.description() for task in tasks]
        loop = QEventLoop()
        dialog.algorithmFinished.connect(loop.quit)
        loop.exec()
        timer.stop()
        gaps = [later - earlier for earlier, later in zip(beats, beats[1:])]
        report[place] = max(gaps)
        report[f"{place}: seconds"] = beats[-1] - beats[0]
        report[f"{place}: successful"] = outcome
        dialog.close()


def unload():
    unloadPlugin(NAME)
    rest(0.2)
    raster = [item.text() for item in iface.rasterMenu().actions()]
    report["in the raster menu after unload"] = raster.count("Shepherd Segmentation")
    report["button after unload"] = iface.mainWindow().findChild(QToolButton, "mShepherdButton") is not None


request = json.loads((FOLDER / "request.json").read_text())
iface.mainWindow().resize(1020, 740)
run_steps(
    report,
    look_at_the_start,
    miss_numba,
    try_the_sample,
    change_the_settings,
    look_at_compute,
    look_at_jobs,
    stay_responsive,
    unload,
)
