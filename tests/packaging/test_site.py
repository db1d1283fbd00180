"""The documentation in the package: complete, without dead links, and the same from every build."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = "shepherd_segmentation/resources/docs/"
#: What the site adds to the package.
MAX_BYTES = 3_000_000

pytestmark = pytest.mark.skipif(not shutil.which("qgis"), reason="the reference is written by QGIS")


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.pictures = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors.update(filter(None, (values.get("id"), values.get("name"))))
        for name in ("href", "src"):
            if values.get(name):
                self.links.append(values[name])
        if tag == "img":
            self.pictures.append(values)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "plugin.zip"
    subprocess.run([sys.executable, ROOT / "scripts" / "package.py", path], check=True)
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def pages(package):
    names = [name for name in package.namelist() if name.startswith(DOCS) and name.endswith(".html")]
    return {name: Page(package.read(name).decode("utf-8")) for name in names}


def test_every_page_is_in(pages):
    sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").glob("*.md")]
    algorithms = [f"reference/{path.stem}" for path in (ROOT / "resources" / "help").glob("*.md")]
    wanted = {f"{DOCS}{path.with_suffix('')}.html" for path in [*sources, *map(Path, algorithms)]}
    assert wanted <= set(pages)


def test_no_link_is_dead(package, pages):
    names, dead = set(package.namelist()), []
    for name, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            folder = posixpath.dirname(name)
            target = (
                posixpath.normpath(posixpath.join(folder, unquote(address.path))) if address.path else name
            )
            lost = (
                address.fragment
                and target in pages
                and unquote(address.fragment) not in pages[target].anchors
            )
            if target not in names or lost:
                dead.append(f"{name}: {link}")
    assert dead == []


def test_pictures_are_described(pages):
    missing = [name for name, page in pages.items() for picture in page.pictures if not picture.get("alt")]
    assert missing == []


def test_it_is_small_and_holds_nothing_superfluous(package):
    members = [item for item in package.infolist() if item.filename.startswith(DOCS)]
    assert sum(item.compress_size for item in members) < MAX_BYTES
    suffixes = {posixpath.splitext(item.filename)[1] for item in members}
    assert suffixes <= {".html", ".css", ".js", ".png", ".txt"}


def test_two_builds_are_the_same(tmp_path):
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "import build_docs; print(build_docs.build(Path(sys.argv[2])))"
    )
    found = []
    for name in ("one", "another and longer"):
        folder = tmp_path / name
        folder.mkdir()
        command = [sys.executable, "-c", code, ROOT / "scripts", folder]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        site = Path(result.stdout.strip())
        files = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
        assert len(files) > 40
        found.append(files)
    assert [path for path in found[0] if found[0][path] != found[1].get(path)] == []
    assert set(found[0]) == set(found[1])


def test_a_change_of_a_source_is_a_new_site(tmp_path):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import build_docs
    finally:
        sys.path.pop(0)
    for name in ("docs", "resources/help"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("reference"))
    before = build_docs.digest(tmp_path)
    (tmp_path / "docs" / "reference").mkdir()
    (tmp_path / "docs" / "reference" / "index.md").write_text("written by the build")
    assert build_docs.digest(tmp_path) == before
    (tmp_path / "resources" / "help" / "segment.md").write_text("changed")
    assert build_docs.digest(tmp_path) != before
