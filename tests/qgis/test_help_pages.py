"""Where the buttons for help lead."""

from __future__ import annotations

import pytest


@pytest.fixture
def documentation(qgis_app):
    from shepherd_segmentation.plugin import documentation

    return documentation


def test_a_page_of_the_package(documentation, tmp_path):
    folder = tmp_path / "with space and ä"
    (folder / "reference").mkdir(parents=True)
    page = folder / "reference" / "segment.html"
    page.touch()
    url = documentation.documentation("reference/segment.html", (tmp_path / "missing", folder))
    assert url.isLocalFile() and url.toLocalFile() == str(page)


def test_without_pages_it_is_the_homepage(documentation, tmp_path):
    url = documentation.documentation("reference/segment.html", (tmp_path,))
    assert url.toString().startswith("https://") and "segment.html" not in url.toString()


def test_every_algorithm_has_an_address(registry, documentation, tmp_path, monkeypatch):
    from qgis.PyQt.QtCore import QUrl

    folder = tmp_path / "docs ä"
    provider = registry.providerById("shepherd")
    pages = {
        algorithm.name(): folder / "reference" / f"{algorithm.name()}.html"
        for algorithm in provider.algorithms()
    }
    (folder / "reference").mkdir(parents=True)
    for page in pages.values():
        page.touch()
    monkeypatch.setattr(documentation.documentation, "__defaults__", ("index.html", (folder,)))
    for algorithm in provider.algorithms():
        # Processing takes it for an address as it stands.
        assert QUrl(algorithm.helpUrl()).toLocalFile() == str(pages[algorithm.name()])


def test_the_menu_opens_it(documentation, tmp_path, monkeypatch):
    """Up to the call of the browser, which no test should start."""
    from qgis.PyQt.QtCore import QObject, pyqtSlot
    from qgis.PyQt.QtGui import QDesktopServices

    (tmp_path / "index.html").touch()
    monkeypatch.setattr(documentation.documentation, "__defaults__", ("index.html", (tmp_path,)))

    class Browser(QObject):
        opened: list = []

        @pyqtSlot("QUrl")
        def show(self, url):
            self.opened.append(url.toLocalFile())

    browser = Browser()
    QDesktopServices.setUrlHandler("file", browser, "show")
    try:
        documentation.open_documentation()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert browser.opened == [str(tmp_path / "index.html")]
