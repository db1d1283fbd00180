"""The plugin as QGIS loads it."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import QgsApplication

from .crashmarker import take_crash
from .messagelog import log_info
from .provider import ShepherdProvider
from .settings import SEPARATE_PROCESS, Settings
from .translation import install_translation, remove_translation


class ShepherdPlugin:
    """Registers the Processing provider, and takes it away again."""

    def __init__(self, iface=None) -> None:
        # qgis_process and QGIS Server load plugins without an interface.
        self.iface = iface
        # First of all: texts are translated when they are made.
        self._translator = install_translation()
        self.provider: ShepherdProvider | None = None
        self.menu = None
        self._options = None
        self._has_crashed = False

    def initProcessing(self) -> None:  # noqa: N802 (qgis_process looks for this name)
        """Register the provider; all that qgis_process calls."""
        self._learn_from_a_crash()
        registry = QgsApplication.processingRegistry()
        # Adding a second provider of the same id deletes its Python object while it is in use. After a
        # reload that failed half-way the first one may still be there.
        registered = registry.providerById(ShepherdProvider.ID)
        if registered is not None:
            registry.removeProvider(registered)
        self.provider = ShepherdProvider()
        registry.addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (QGIS looks for this name)
        """Set up what a person sees; the provider comes last, when nothing can fail any more."""
        if self.iface is not None and self.menu is None:
            self._set_up_window()
        self.initProcessing()
        if self.iface is not None:
            self._tell()

    def unload(self) -> None:
        """Take everything out of QGIS again."""
        if self.menu is not None:
            self.menu.remove()
            self.iface.unregisterOptionsWidgetFactory(self._options)
            self.menu = self._options = None
        registry = QgsApplication.processingRegistry()
        # Not if another one has taken its place: ours was deleted then, and must not be touched.
        if self.provider is not None and registry.providerById(ShepherdProvider.ID) is self.provider:
            registry.removeProvider(self.provider)
        self.provider = None
        remove_translation(self._translator)
        self._translator = None

    def _set_up_window(self) -> None:
        from .menu import PluginMenu
        from .options import OptionsFactory

        self._options = OptionsFactory()
        self.iface.registerOptionsWidgetFactory(self._options)
        self.menu = PluginMenu()

    def _learn_from_a_crash(self) -> None:
        """Keep the engine out of QGIS's own process once it has taken QGIS down."""
        if take_crash():
            replace(Settings.load(), engine_place=SEPARATE_PROCESS).save()
            log_info("QGIS ended while the engine was being loaded; it runs in a process of its own now.")
            self._has_crashed = True

    def _tell(self) -> None:
        from .cleanup import clean_up_later
        from .notices import tell_crash, tell_missing_numba

        if self._has_crashed:
            self._has_crashed = False
            tell_crash(self.menu.open_settings)
        tell_missing_numba()
        clean_up_later()
