"""What passes between the two processes: values as JSON, one message a line."""

from __future__ import annotations

import json
import os
from dataclasses import fields, is_dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np

#: The functions that may be called, and the modules they are in.
CALLS = {
    "segment_raster": "raster_segmentation",
    "segment_with_products": "products",
    "segment_statistics": "statistics.statistics",
    "polygonize_segments": "polygons.polygonize",
    "polygonize_with_statistics": "polygons.measured",
    "clip_segments": "clipping.clip",
    "list_jobs": "aws.jobs",
    "collect_job": "aws.jobs",
    "watch_job": "aws.jobs",
    "delete_job": "aws.jobs",
    "finish_teardowns": "aws.jobs",
}
#: The dataclasses that may be arguments; rebuilt, and so checked again, on the other side.
_ARGUMENTS = {
    "SegmentationSpec": "spec",
    "StatisticsSpec": "statistics.spec",
    "FargateCompute": "aws.compute",
    "FargateProfile": "aws.profile",
    "Keys": "aws.keys",
    "Pace": "aws.job",
}


def is_on_aws(name: str, arguments: dict[str, Any]) -> bool:
    """Tell whether a call has to do with a job on AWS."""
    return CALLS[name].startswith("aws.") or arguments.get("compute") is not None


def dump(message: dict[str, Any]) -> bytes:
    """Return a message as one line."""
    return json.dumps(message, default=_plain).encode() + b"\n"


def load(line: bytes) -> dict[str, Any]:
    """Return the message of a line."""
    return json.loads(line, object_hook=_rebuilt)


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.ndarray):
        return {"__array__": value.tolist(), "dtype": str(value.dtype), "shape": value.shape}
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value):
        items = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"__record__": type(value).__name__, "items": items}
    raise TypeError(f"{type(value).__name__} cannot be passed to the engine's process.")


def _rebuilt(values: dict[str, Any]) -> Any:
    if "__array__" in values:
        return np.array(values["__array__"], values["dtype"]).reshape(values["shape"])
    if "__record__" not in values:
        return values
    name, items = values["__record__"], values["items"]
    if name not in _ARGUMENTS:
        return SimpleNamespace(**items)
    items = {key: tuple(item) if isinstance(item, list) else item for key, item in items.items()}
    return function_of(name, _ARGUMENTS[name])(**items)


def function_of(name: str, module: str) -> Any:
    """Return a function or class of the engine."""
    return getattr(import_module(f"..{module}", __package__), name)
