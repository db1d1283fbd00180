"""Somebody makes, tests, copies and passes on Fargate profiles; runs inside the QGIS desktop."""

from __future__ import annotations

import json
from collections import Counter

from qgis import processing
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from qgis.utils import iface, plugins

from shepherd_segmentation.tests.qgis.in_desktop import (
    FOLDER,
    in_dialog,
    opened,
    page_of,
    picture,
    run_steps,
    tab_order,
    wait,
)

OK, CANCEL = QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel
request = json.loads((FOLDER / "request.json").read_text())
report: dict = {}


def settings():
    """Open the settings as the plugin's menu does."""
    plugins["shepherd_segmentation"].menu.open_settings()


def press(dialog, button):
    dialog.buttons.button(button).click()


def size_of(window):
    """Return the size with which a window opens, and the smallest that it can have."""
    smallest = window.minimumSizeHint().expandedTo(window.minimumSize())
    return [window.width(), window.height(), smallest.width(), smallest.height()]


def mnemonics(widgets):
    """Return the letters that more than one of the visible widgets answers to."""
    texts = [w.text() for w in widgets if w.isVisible() and isinstance(w, (QLabel, QPushButton, QCheckBox))]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    return sorted(letter for letter, count in Counter(letters).items() if count > 1)


def make_a_profile():
    in_dialog("QgsOptions", add_and_test, settings)


def add_and_test(options):
    options.resize(1000, 740)
    widget = page_of(options).profiles
    report["size of the options"] = size_of(options)
    report["smallest page"] = page_of(options).minimumSizeHint().height()
    report["letters of the options"] = mnemonics(page_of(options).findChildren(QWidget))
    report["buttons without a profile"] = [key for key, item in widget.buttons.items() if item.isEnabled()]
    in_dialog("ProfileDialog", fill_in, widget.buttons["add"].click)
    report["profile"] = dict(widget.profiles.get("Stack", {}))
    press_test(widget, "works")
    picture(options, "options-works")
    walk_the_list(options, widget)
    options.findChild(QDialogButtonBox, "buttonBox").button(OK).click()


def press_test(widget, name):
    widget.buttons["test"].click()
    report[f"test {name}: while it runs"] = [widget.message.text(), widget.buttons["test"].isEnabled()]
    wait(widget.buttons["test"].isEnabled)
    report[f"test {name}"] = widget.message.text()


def fill_in(dialog):
    report["size of the profile"] = size_of(dialog)
    report["focus at first"] = dialog.focusWidget().objectName()
    dialog.stack_button.click()
    report["stack without a region"] = [dialog.errors["region"].text(), bool(opened("StackDialog"))]
    press(dialog, OK)
    report["asked for at first"] = [key for key, label in dialog.errors.items() if label.text()]
    picture(dialog, "profile-without-region")
    for key, text in (("name", "Stack"), ("region", "eu-central-1")):
        dialog.fields[key].put(text)
    in_dialog("StackDialog", cancel_stack, dialog.stack_button.click)
    report["notice after cancel"] = dialog.notice.text()
    in_dialog("StackDialog", choose_stack, dialog.stack_button.click)
    picture(dialog, "profile-after-stack")
    report["asked for after filling"] = [key for key, label in dialog.errors.items() if label.text()]
    report["notice after filling"] = dialog.notice.text()
    report["letters of the profile"] = letters_by_page(dialog)
    widgets = {key: field.widget for key, field in dialog.fields.items()}
    last = {"OK": dialog.buttons.button(OK), "Cancel": dialog.buttons.button(CANCEL)}
    report["tab order"] = tab_order(dialog, {**widgets, "stack": dialog.stack_button, **last})
    report["reading order"] = reading_order(dialog, {**widgets, "stack": dialog.stack_button, **last})
    report["labels without a field"] = unbuddied(dialog)
    dialog.fields["cpu"].widget.setCurrentText("1 vCPU")
    dialog.fields["memory"].widget.setCurrentText("4GB")
    press(dialog, OK)


def letters_by_page(dialog):
    found = []
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        picture(dialog, f"profile-page-{number}")
        found += mnemonics(dialog.findChildren(QWidget))
    dialog.tabs.setCurrentIndex(0)
    return found


def reading_order(dialog, widgets):
    """Return widgets page by page, from top to bottom and from left to right."""
    places = {}
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        QApplication.processEvents()
        for name, widget in widgets.items():
            corner = widget.mapTo(dialog, widget.rect().topLeft())
            below = not dialog.tabs.isAncestorOf(widget)
            if widget.isVisible():
                places[name] = (dialog.tabs.count() if below else number, corner.y(), corner.x())
    dialog.tabs.setCurrentIndex(0)
    return sorted(places, key=places.get)


def unbuddied(dialog):
    """Return labels whose letter leads nowhere."""
    forms = dialog.findChildren(QFormLayout)
    labels = [
        form.itemAt(row, QFormLayout.ItemRole.LabelRole) for form in forms for row in range(form.rowCount())
    ]
    found = [item.widget() for item in labels if item and item.widget()]
    return [label.text() for label in found if "&" in label.text() and label.buddy() is None]


def cancel_stack(stacks):
    press(stacks, CANCEL)


def choose_stack(stacks):
    report["while it looks"] = [stacks.notice.text(), stacks.ok.isEnabled()]
    wait(lambda: not stacks.notice.text())
    report["stacks"] = [stacks.stack.itemText(row) for row in range(stacks.stack.count())]
    report["chosen at first"] = stacks.stack.currentText()
    report["size of the stacks"] = size_of(stacks)
    picture(stacks, "stack-choose")
    stacks.stack.setEditText("no-such-stack")
    press(stacks, OK)
    report["while it reads"] = [stacks.notice.text(), stacks.ok.isEnabled()]
    wait(stacks.ok.isEnabled)
    report["no such stack"] = stacks.notice.text()
    picture(stacks, "stack-not-there")
    stacks.stack.setEditText("shepherd")
    # As somebody does who does not use the mouse.
    QTest.keyClick(stacks.stack.lineEdit(), Qt.Key.Key_Return)
    wait(lambda: not stacks.isVisible())


def walk_the_list(options, widget):
    in_dialog("ProfileDialog", lambda dialog: press(dialog, OK), widget.buttons["duplicate"].click)
    in_dialog("ProfileDialog", break_it, widget.buttons["edit"].click)
    press_test(widget, "fails")
    picture(options, "options-fails")
    widget.message.say("\n".join(map(str, range(100))))
    picture(options, "options-long-message")
    report["size with a long message"] = size_of(options)
    in_dialog("QFileDialog", save_file, widget.buttons["export"].click)
    report["export"] = widget.message.text()
    widget.buttons["remove"].click()
    report["remove"] = [widget.message.text(), sorted(widget.profiles), widget.current]
    widget.import_file(str(FOLDER / "passed on.json"))
    widget.import_file(str(FOLDER / "passed on.json"))
    report["import"] = [widget.message.text(), sorted(widget.profiles), widget.current]
    picture(options, "options-imported")


def break_it(dialog):
    for key, text in (
        ("bucket", "no-such-bucket-anywhere"),
        ("subnets", "subnet-0a"),
        ("log_group", "/no/logs"),
    ):
        dialog.fields[key].put(text)
    press(dialog, OK)


def save_file(dialog):
    dialog.setDirectory(str(FOLDER))
    dialog.findChild(QLineEdit, "fileNameEdit").setText("passed on")
    dialog.accept()


def measure_forms():
    """Open the form of every algorithm as the toolbox does."""
    provider = QgsApplication.processingRegistry().providerById("shepherd")
    report["forms"] = {}
    for algorithm in provider.algorithms():
        dialog = processing.createAlgorithmDialog(algorithm.id(), {})
        dialog.show()
        wait(dialog.isVisible)
        picture(dialog, f"form-{algorithm.name()}")
        report["forms"][algorithm.name()] = size_of(dialog)
        dialog.close()


iface.mainWindow().resize(1020, 740)
run_steps(report, make_a_profile, measure_forms)
