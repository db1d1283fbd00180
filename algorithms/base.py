"""What all algorithms of this plugin have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProperty,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ..core.errors import Cancelled, LeftRunning, ParameterError, ShepherdError
from ..core.redaction import without_secrets
from ..plugin.dependencies import is_installed, missing_package
from ..plugin.documentation import page_of
from ..plugin.helptext import help_page
from ..plugin.messagelog import TAB, log_error
from .choices import chosen

_LARGEST = 2**31 - 1  # what a spin box can hold


class ShepherdAlgorithm(QgsProcessingAlgorithm):
    """Base of this plugin's algorithms: their place in the toolbox, help, and how errors are told."""

    #: The names of what can be chosen, by parameter. Scripts give names or positions.
    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: Parameters that the engine calls something else than their name in lower case.
    ENGINE_NAMES: ClassVar[dict[str, str]] = {}

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802
        return type(self)()

    def tr(self, text: str) -> str:
        return QCoreApplication.translate("ShepherdSegmentation", text)

    def group(self) -> str:
        return self.tr("Segmentation")

    def groupId(self) -> str:  # noqa: N802
        return "segmentation"

    def icon(self) -> QIcon:
        # The provider is missing while an algorithm is looked at on its own.
        return self.provider().icon() if self.provider() else super().icon()

    def shortHelpString(self) -> str:  # noqa: N802
        return help_page(self.name())

    def helpUrl(self) -> str:  # noqa: N802
        return page_of(self.name())

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802
        if is_installed("numba"):
            return True, ""
        return False, missing_package("numba")

    def add(self, parameter: QgsProcessingParameterDefinition, tip: str, advanced: bool = False) -> None:
        """Add a parameter with its tooltip."""
        parameter.setHelp(tip)
        if advanced:
            flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            parameter.setFlags(parameter.flags() | flag)
        self.addParameter(parameter)

    def whole_number(
        self, name: str, label: str, default: int, low: int = 1, high: int = _LARGEST
    ) -> QgsProcessingParameterNumber:
        """Describe a whole number."""
        integer = QgsProcessingParameterNumber.Type.Integer
        return QgsProcessingParameterNumber(name, label, integer, default, minValue=low, maxValue=high)

    def choice(self, name: str, label: str) -> QgsProcessingParameterEnum:
        """Describe a choice of one of the names in `CHOICES`.

        Static strings instead of positions: a script, a model and the history then say "8" or
        "standardise", and a choice added later moves none of them.
        """
        names = self.CHOICES[name]
        return QgsProcessingParameterEnum(name, label, names, defaultValue=names[0], usesStaticStrings=True)

    def choices(
        self, name: str, label: str, titles: tuple[str, ...], default: tuple[str, ...] = ()
    ) -> QgsProcessingParameterEnum:
        """Describe a choice of any number of the names in `CHOICES`, which the form shows by their titles."""
        positions = [self.CHOICES[name].index(item) for item in default]
        return QgsProcessingParameterEnum(name, label, titles, True, positions, optional=True)

    def chosen(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> tuple[str, ...]:
        """Return the names that were chosen."""
        value = parameters.get(name)
        if isinstance(value, QgsProperty):
            value = value.value(context.expressionContext())[0]
        names = self.CHOICES[name]
        if value is None:
            default = self.parameterDefinition(name).defaultValue()
            value = [] if default is None else default
        return chosen(name.lower(), value, names)

    def chosen_one(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> str:
        """Return the name that was chosen; the default for an empty value."""
        found = self.chosen(parameters, name, context) or self.CHOICES[name]
        return found[0]

    def as_processing_likes(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Write choices as Processing's own checks accept them."""
        parameters = dict(parameters)
        for name, names in self.CHOICES.items():
            value, definition = parameters.get(name), self.parameterDefinition(name)
            if value is None or isinstance(value, QgsProperty):
                continue
            with suppress(ParameterError):
                found = chosen(name.lower(), value, names)
                positions = [names.index(item) for item in found]
                is_one = definition.usesStaticStrings()
                parameters[name] = (found or names)[0] if is_one else positions
        return parameters

    def label(self, name: str) -> str:
        """Return what the form calls a parameter, without the hint in brackets."""
        definition = self.parameterDefinition(name)
        return re.split(r" [(\[]", definition.description())[0] if definition else name

    def exact_number(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> float | int | None:
        """Return a number as it was given, or None where the parameter is empty.

        `parameterAsInt` rounds, and `parameterAsDouble` makes 0 of an empty value and of a text that is
        no number at all.
        """
        text = self.parameterAsString(parameters, name, context).strip()
        for kind in (int, float):
            try:
                return kind(text) if text else None
            except ValueError:
                continue
        raise ParameterError(name.lower(), text, "give a number.")

    def explain(self, error: ShepherdError) -> str:
        """Put an error of the engine in the words of the form."""
        if not isinstance(error, ParameterError):
            return str(error)
        value = error.value
        if isinstance(value, (list, tuple)):
            value = ", ".join(str(item) for item in value)
        name = self.ENGINE_NAMES.get(error.parameter, error.parameter.upper())
        return f"“{self.label(name)}” is {'empty' if value in (None, '') else value}: {error.cure}"

    @contextmanager
    def errors_for_processing(self) -> Iterator[None]:
        """Turn what the engine raises into the one exception that Processing shows as a sentence."""
        try:
            yield
        except (Cancelled, LeftRunning, QgsProcessingException):
            raise
        except ShepherdError as error:
            raise self._told(self.explain(error), error) from error
        except MemoryError as error:
            text = self.tr("There is not enough memory. Use smaller tiles or fewer cores.")
            raise self._told(text, error) from error
        except Exception as error:
            text = self.tr(
                "Something went wrong that should not have: {error}. Run it again; if it happens again, "
                "report it with the details from the message log, tab “{tab}”."
            )
            kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            text = text.format(error=without_secrets(kind), tab=TAB)
            raise self._told(text, error) from error

    def _told(self, sentence: str, error: Exception) -> QgsProcessingException:
        """Return the sentence for the user, and leave the details in the message log."""
        log_error(sentence, error)
        return QgsProcessingException(sentence)
