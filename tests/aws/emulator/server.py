"""The emulated AWS as a process: ``python server.py FOLDER``; writes its addresses to FOLDER."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from .faults import Faults
from .gate import Gate
from .tasks import ACCOUNT, TaskStore, check_size

REGION = "eu-central-1"


def patch_ecs(store: TaskStore) -> None:
    """Replace moto's tasks by real ones."""
    response = EC2ContainerServiceResponse
    register = response.register_task_definition

    def answering(call: Any) -> Any:
        return lambda self: ActionResult(call(dict(self.params)))

    def checked(self: Any) -> Any:
        if "FARGATE" in (self._get_param("requiresCompatibilities") or []):
            check_size(self._get_param("cpu"), self._get_param("memory"))
        return register(self)

    response.register_task_definition = checked
    response.run_task = answering(store.run)
    response.stop_task = answering(store.stop)
    response.describe_tasks = answering(store.describe)
    response.list_tasks = answering(store.list)
    response.delete_cluster = lambda self: ActionResult(
        {"cluster": store.delete_cluster(self._get_param("cluster"))}
    )


def patch_iam(faults: Faults) -> None:
    """Answer what an identity may do: all that no test denies it."""

    def simulate(self: Any) -> Any:
        results = []
        for action in self._get_param("ActionNames"):
            denied = faults.take("permission", action=action)
            decision = "implicitDeny" if denied else "allowed"
            results.append({"EvalActionName": action, "EvalDecision": decision})
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    IamResponse.simulate_principal_policy = simulate


class Control(BaseHTTPRequestHandler):
    """Role credentials for containers, and the tests' hand on the cloud."""

    store: TaskStore
    faults: Faults
    gate: Gate

    def do_GET(self) -> None:  # noqa: N802
        if not self.path.startswith("/credentials/"):
            return self._send({}, 404)
        task = self.path.rpartition("/")[2]
        expires = datetime.now(timezone.utc) + timedelta(hours=1)
        return self._send(
            {
                "AccessKeyId": self.store.tasks[task].key,
                "SecretAccessKey": "task-secret",
                "Token": "task-token",
                "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def do_POST(self) -> None:  # noqa: N802
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(getattr(self, f"_{request.pop('do')}")(**request))

    def _send(self, values: Any, status: int = 200) -> None:
        body = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def _fault(self, **fault: Any) -> dict:
        self.faults.add(fault)
        return {}

    def _clear(self) -> dict:
        self.faults.clear()
        return {}

    def _requests(self) -> dict:
        return {"requests": dict(self.faults.requests), "bytes": dict(self.faults.bytes)}

    def _policy(self, **actions: list[str]) -> dict:
        self.gate.policies = {who: set(names) for who, names in actions.items()}
        return {}

    def _pages(self, size: int) -> dict:
        self.store.page_size = size
        return {}

    def _delay(self, seconds: float) -> dict:
        self.store.start_delay = seconds
        return {}

    def _tasks(self) -> list:
        return [
            {
                "id": task.id,
                "role": task.role,
                "status": task.status,
                "pid": task.container.pid if task.container else None,
                "exit": task.exit_code,
                "reason": task.reason,
                "lines": task.lines,
                "spot": bool(task.request.get("capacityProviderStrategy")),
            }
            for task in self.store.tasks.values()
        ]

    def _stack(self, name: str, status: str) -> dict:
        cloudformation_backends[ACCOUNT][REGION].get_stack(name).status = status
        return {}

    def _kill(self, task: str) -> dict:
        self.store.tasks[task].container.kill()
        return {}

    def _interrupt(self, task: str) -> dict:
        self.store.tasks[task].stop("SpotInterruption", "Your Spot Task was interrupted.")
        return {}


def main(folder: Path, path: str) -> None:
    """Serve until the process is told to end, or its parent is gone."""
    faults = Faults()
    control = ThreadingHTTPServer(("127.0.0.1", 0), Control)
    gate = Gate(DomainDispatcherApplication(create_backend_app), faults)
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=MotoRequestHandler)
    MotoRequestHandler.log = lambda *_: None
    endpoint, desk = (f"http://127.0.0.1:{port}" for port in (server.server_port, control.server_port))
    store = TaskStore(REGION, faults, endpoint, desk, path)
    Control.store, Control.faults, Control.gate, gate.store = store, faults, gate, store
    patch_ecs(store)
    patch_iam(faults)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for service in (server, control):
        threading.Thread(target=service.serve_forever, daemon=True).start()
    temporary = folder / "addresses.partial"
    temporary.write_text(json.dumps({"endpoint": endpoint, "control": desk}))
    temporary.rename(folder / "addresses.json")
    parent = os.getppid()
    while not stop.is_set() and os.getppid() == parent:
        time.sleep(0.2)
    store.close()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
