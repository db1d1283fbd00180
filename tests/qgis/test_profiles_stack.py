"""The profile dialog filled from stacks of an emulated AWS."""

from __future__ import annotations

import sys
import time

import pytest

pytest.importorskip("boto3")
pytest.importorskip("moto")

from tests.aws.cloud import Cloud  # noqa: E402
from tests.aws.stacks import IMAGE, make_stack  # noqa: E402

SECRET = "nowhere-else"
#: Seconds; the late AWS answers after the second one.
SOON, LATE = 3, 6


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        make_stack(cloud, "network", leave=("Image", "Bucket", "TaskRoleArn", "ExecutionRoleArn", "Workers"))
        make_stack(cloud, "mistaken", {"Subnets": "net-1", "Workers": "many"}, leave=("Bucket",))
        yield cloud
    finally:
        cloud.close()


@pytest.fixture
def cloud(stacks, monkeypatch):
    """The cloud, with the keys in the environment."""
    for name, value in stacks.environment().items():
        monkeypatch.setenv(name, value)
    stacks.control("clear")
    yield stacks
    stacks.control("clear")


@pytest.fixture
def entry(cloud, qgis_app, monkeypatch):
    """The keys are in the authentication database, and nowhere else."""
    from qgis.core import QgsApplication, QgsAuthMethodConfig

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    manager = QgsApplication.authManager()
    manager.setMasterPassword("tests", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("AWS")
    config.setConfig("username", "AKIDCLIENT")
    config.setConfig("password", SECRET)
    assert manager.storeAuthenticationConfig(config)
    yield config.id()
    manager.removeAuthenticationConfig(config.id())


@pytest.fixture
def dialog(qgis_app):
    """Make a profile dialog with values."""
    from qgis.PyQt import sip

    from shepherd_segmentation.plugin.profiles.dialog import ProfileDialog

    made = []

    def make(**values):
        made.append(ProfileDialog({"name": "Mine", "region": "eu-central-1", **values}, {}))
        made[-1].show()
        return made[-1]

    yield make
    # Not left to Python, which would do it after the application is gone.
    for window in made:
        sip.delete(window)


def wait(until, seconds=60):
    """Let QGIS work until something is the case; return the longest time that it could not."""
    from qgis.PyQt.QtCore import QCoreApplication

    start = last = time.monotonic()
    longest = 0.0
    while not until():
        QCoreApplication.processEvents()
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert last - start < seconds, "it takes too long"
        time.sleep(0.01)
    return longest


def use_stack(profile_dialog, use):
    """Press the button, and use the dialog that opens."""
    from qgis.PyQt.QtCore import QTimer
    from qgis.PyQt.QtWidgets import QApplication

    failures = []

    def look():
        stack_dialog = QApplication.activeModalWidget()
        try:
            use(stack_dialog)
        except BaseException as error:  # noqa: BLE001  (raised where the test sees it)
            failures.append(error)
        finally:
            if stack_dialog.isVisible():
                stack_dialog.reject()

    QTimer.singleShot(0, look)
    profile_dialog.stack_button.click()
    for failure in failures:
        raise failure


def fill(profile_dialog, name):
    """Fill a profile dialog from a stack; return what the stack dialog says if it cannot."""
    said = []

    def use(stack_dialog):
        stack_dialog.stack.setEditText(name)
        stack_dialog.accept()
        wait(lambda: stack_dialog.ok.isEnabled() or not stack_dialog.isVisible())
        said.append(stack_dialog.notice.text())

    use_stack(profile_dialog, use)
    return said[0]


def test_what_a_stack_does_not_give_stays(cloud, dialog):
    window = dialog(image="mine", workers=3, max_cost=5.0)
    before = window.values()
    fill(window, "network")
    after = window.values()
    given = {"subnets", "security_groups", "prefix", "architecture", "cpu", "memory", "log_group"}
    assert {key for key in after if after[key] != before[key]} == given | {"assign_public_ip"}
    assert after["name"] == "Mine" and after["image"] == "mine" and after["workers"] == 3
    said = window.notice.text().splitlines()
    assert said[0].startswith("Filled from “network”: Folder in the bucket, Architecture")
    assert said[1] == "Still needed, the stack does not give it: S3 bucket, Task role, Execution role."
    assert said[2] == "Left as it was, the stack does not give it: Container image."
    assert len(said) == 3


def test_outputs_that_are_wrong_are_told(cloud, dialog):
    window = dialog(bucket="mine", subnets=["subnet-0a"])
    fill(window, "mistaken")
    values = window.values()
    assert (values["image"], values["subnets"], values["workers"]) == (IMAGE, ["subnet-0a"], 10)
    said = window.notice.text()
    assert "Not taken from the stack: Subnets. Give one or more ids" in said
    assert "Not taken from the stack: Workers. Give a whole number" in said
    assert "Left as it was, the stack does not give it: S3 bucket." in said


def test_keys_of_the_authentication_database(entry, dialog):
    from qgis.PyQt.QtWidgets import QWidget

    window = dialog(auth_config=entry)
    fill(window, "network")
    assert len(window.values()["subnets"]) == 2
    texts = [getattr(widget, "text", str)() for widget in window.findChildren(QWidget)]
    assert SECRET not in "".join(map(str, texts))
    without = dialog()
    assert "no AWS credentials were found" in fill(without, "network")
    assert without.notice.text() == ""


def test_an_entry_that_is_not_there(cloud, dialog):
    from qgis.PyQt.QtWidgets import QApplication

    window = dialog(auth_config="gone123")
    window.stack_button.click()
    assert QApplication.activeModalWidget() is None
    told = window.errors["auth_config"].text() or window.notice.text()
    assert "Choose one" in told or "has no entry “gone123”" in told


def test_stacks_that_cannot_be_listed(cloud, dialog):
    """Its name may still be entered: that is another permission."""

    def use(stack_dialog):
        wait(lambda: "permission for DescribeStacks is missing" in stack_dialog.notice.text())
        assert not stack_dialog.ok.isEnabled()
        stack_dialog.stack.setEditText("network")
        assert stack_dialog.ok.isEnabled()
        stack_dialog.accept()
        wait(lambda: not stack_dialog.isVisible())

    cloud.control("fault", on="request", where={"key": "AKIDCLIENT"}, error="AccessDenied", times=1)
    window = dialog()
    use_stack(window, use)
    assert window.notice.text().startswith("Filled from “network”")


def test_no_stack_to_choose_from(cloud, dialog):
    def use(stack_dialog):
        wait(lambda: "No complete stack in eu-west-1" in stack_dialog.notice.text())
        assert stack_dialog.stack.count() == 0

    use_stack(dialog(region="eu-west-1"), use)


def test_without_boto3(cloud, dialog, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    window = dialog()
    assert "install boto3" in fill(window, "network")
    assert window.values()["subnets"] == []


def test_qgis_does_not_wait_for_aws(cloud, dialog):
    """A name that is typed while stacks are looked for stays, and Cancel works at once."""
    fill(dialog(), "network")  # boto3 is loaded
    cloud.control("fault", on="slow", where={"event": "cloudformation:DescribeStacks"}, seconds=LATE)
    start, seen = time.monotonic(), []

    def use(stack_dialog):
        stack_dialog.stack.setEditText("my-own")
        seen.append(wait(lambda: time.monotonic() - start > SOON / 2))
        seen.append(stack_dialog.notice.text())
        stack_dialog.accept()
        seen.append(stack_dialog.notice.text())
        stack_dialog.reject()
        assert not stack_dialog.isVisible()
        seen.append(time.monotonic() - start)

    window = dialog()
    use_stack(window, use)
    stall, first, second, end = seen
    assert first == "Looking for stacks…" and second == "Reading “my-own”…"
    assert stall < SOON and end < LATE
    assert window.notice.text() == ""
    # The answers come when the dialog is gone; nothing happens then.
    wait(lambda: time.monotonic() - start > 2 * LATE)
    assert window.notice.text() == "" and window.values()["subnets"] == []
