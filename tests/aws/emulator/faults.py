"""What goes wrong on purpose."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Faults:
    """Faults that tests inject, and a count of all requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[dict[str, Any]] = []
        self.requests: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def add(self, fault: dict[str, Any]) -> None:
        """Add a fault: ``on`` names what fails, ``times`` how often (default: always)."""
        with self._lock:
            self._faults.append({"times": -1, **fault})

    def clear(self) -> None:
        """Forget faults and counts."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()
            self.bytes.clear()

    def take(self, point: str, **details: str) -> dict[str, Any] | None:
        """Return the fault that an event meets, if any, and use it up once."""
        with self._lock:
            for fault in self._faults:
                wanted = fault.get("where", {})
                fits = fault["on"] == point and all(details.get(k) == v for k, v in wanted.items())
                fits = fits and details.get("path", "").endswith(fault.get("ends", ""))
                if not fits or fault["times"] == 0:
                    continue
                if fault.get("after", 0) > 0:
                    fault["after"] -= 1
                    continue
                fault["times"] -= 1
                return fault
        return None

    def count(self, who: str, event: str, received: int, sent: int) -> None:
        """Count a request."""
        with self._lock:
            self.requests[f"{who} {event}"] += 1
            self.bytes[f"{who} received"] += received
            self.bytes[f"{who} sent"] += sent
