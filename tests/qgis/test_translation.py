"""Translations: texts are collected, and what was translated is shown."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess

import pytest

from shepherd_segmentation.plugin import translation
from tests.core.data import ROOT


@pytest.fixture(scope="module")
def translations():
    path = ROOT / "scripts" / "translations.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_texts_can_be_collected(translations):
    texts = translations.all_texts()
    assert texts["Number of clusters"] == "algorithms/parameters.py"
    assert {"&Segment the Active Layer…", "Segment statistics"} <= set(texts)


def test_the_file_for_translators_is_complete(translations):
    """`make translations` brings it up to date."""
    known = translations.translated(translations.FOLDER / "shepherd_en.ts")
    texts = translations.all_texts()
    assert {text: file for text, file in texts.items() if text not in known} == {}
    assert [text for text in known if text not in texts] == []


def test_names_of_constants_and_loops_over_them_are_followed(translations, tmp_path):
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "a.py").write_text('PAGES = (("One", 1), ("Two", 2))\n')
    code = 'for title, page in PAGES:\n    _tr(title)\ntext = "Three"\n_tr(text)\n_tr("Fo" "ur")\n'
    (tmp_path / "plugin" / "b.py").write_text(code)
    assert set(translations.all_texts(tmp_path)) == {"One", "Two", "Three", "Four"}
    (tmp_path / "plugin" / "b.py").write_text('_tr(f"{1} segments")\n')
    with pytest.raises(translations.NotLiteral, match=r"plugin/b\.py:1"):
        translations.all_texts(tmp_path)


def test_files_are_brought_up_to_date(translations, tmp_path):
    texts = translations.all_texts()
    (german,) = translations.update(tmp_path, language="de")
    english = translations.translated(tmp_path / "shepherd_en.ts")
    assert english == {text: text for text in texts}
    assert translations.translated(german) == {}
    done = translations.document("de", {**texts, "gone": "a.py"}, {"Segments": "Segmente", "gone": "weg"})
    german.write_text(done, encoding="utf-8")
    translations.update(tmp_path)
    assert translations.translated(german) == {"Segments": "Segmente"}


def test_the_language_is_found_by_the_locale(tmp_path):
    for name in ("de", "pt_BR"):
        (tmp_path / f"shepherd_{name}.qm").touch()
    found = {
        locale: getattr(translation.translation_file(locale, tmp_path), "name", None)
        for locale in ("de", "de_AT", "pt_BR", "pt-BR", "pt", "en_US", "", "C")
    }
    assert found == {
        "de": "shepherd_de.qm",
        "de_AT": "shepherd_de.qm",
        "pt_BR": "shepherd_pt_BR.qm",
        "pt-BR": "shepherd_pt_BR.qm",
        **dict.fromkeys(("pt", "en_US", "", "C")),
    }


def test_a_translation_is_shown(plugin, translations, tmp_path, monkeypatch):
    if not any(map(shutil.which, translations.LRELEASE)):
        pytest.skip("lrelease is not installed")
    path = tmp_path / "shepherd_de.ts"
    texts = {"Segment a raster": "algorithms/segment.py"}
    path.write_text(translations.document("de", texts, {"Segment a raster": "Raster segmentieren"}))
    try:
        translations.release([path])
    except subprocess.CalledProcessError:
        pytest.skip("lrelease does not run here")
    from shepherd_segmentation.algorithms.segment import Segment

    monkeypatch.setattr(translation.QgsApplication, "locale", lambda: "de_AT")
    translator = translation.install_translation(tmp_path)
    try:
        assert Segment().displayName() == "Raster segmentieren"
    finally:
        translation.remove_translation(translator)
    assert Segment().displayName() == "Segment a raster"
