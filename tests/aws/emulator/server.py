"""The emulated AWS as a process: ``python server.py FOLDER``; writes its addresses to FOLDER."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto.cloudformation.models import cloudformation_backends
from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from .faults import Faults
from .tasks import ACCOUNT, TaskStore, check_size

REGION = "eu-central-1"
_KEY = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_S3 = {"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete", "POST": "Post"}


class Gate:
    """Counts requests and lets those fail that shall."""

    def __init__(self, application: Any, faults: Faults) -> None:
        self._application, self._faults = application, faults

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        match = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        key, service = (match[1], match[3]) if match else ("", "s3")
        event = f"{service}:{_action(environ, service)}"
        fault = self._faults.take("request", event=event, key=key)
        path = environ.get("PATH_INFO", "")
        slow = self._faults.take("slow", event=event, path=path)
        if slow:
            time.sleep(slow["seconds"])
        received = int(environ.get("CONTENT_LENGTH") or 0)
        if fault:
            body, headers = _answer(service, environ, fault.get("error", "InternalFailure"))
            start_response(fault.get("status", "400 Bad Request"), headers)
            return [body]
        stored = _stored_bytes(environ) if event == "s3:GetObject" else None
        if stored and self._faults.take("spoil", event=event, path=path):
            body = b"not an array"
            stored = "200 OK", [("Content-Length", str(len(body)))], body
        who = "client" if key.startswith("AKIDCLIENT") else "task"
        sent: list[int] = []

        def counted(status: str, headers: list, *rest: Any) -> Any:
            sent.append(next((int(v) for k, v in headers if k.lower() == "content-length"), 0))
            return start_response(status, headers, *rest)

        if stored:
            status, headers, body = stored
            counted(status, headers)
            result = [body]
        else:
            result = self._application(environ, counted)
        size = 0 if environ["REQUEST_METHOD"] == "HEAD" else sum(sent)
        self._faults.count(who, event, received, size)
        return result


def _action(environ: dict[str, Any], service: str) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if service == "s3":
        path, query = environ.get("PATH_INFO", "").strip("/"), environ.get("QUERY_STRING", "")
        kind = "Object" if "/" in path else "Bucket"
        return f"{_S3.get(environ['REQUEST_METHOD'], '')}{kind}" + ("s" if "list-type" in query else "")
    return "Query"


def _stored_bytes(environ: dict[str, Any]) -> tuple[str, list, bytes] | None:
    """Answer a request for (a part of) an object; moto copies the whole of it for every part."""
    bucket, _, name = unquote(environ.get("PATH_INFO", "")).strip("/").partition("/")
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    key = buckets[bucket].keys.get(name) if bucket in buckets and not environ.get("QUERY_STRING") else None
    if key is None:
        return None
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", environ.get("HTTP_RANGE", ""))
    begin = int(wanted[1]) if wanted else 0
    end = min(int(wanted[2]) + 1, key.size) if wanted and wanted[2] else key.size
    if begin >= max(end, 1):
        return None
    with key.lock:
        etag = key.etag
        key._value_buffer.seek(begin)
        body = key._value_buffer.read(end - begin)
    headers = [
        ("Content-Length", str(len(body))),
        ("Content-Type", "binary/octet-stream"),
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("Last-Modified", key.last_modified_RFC1123),
    ]
    if not wanted:
        return "200 OK", headers, body
    return "206 Partial Content", [*headers, ("Content-Range", f"bytes {begin}-{end - 1}/{key.size}")], body


def _answer(service: str, environ: dict[str, Any], code: str) -> tuple[bytes, list]:
    if environ.get("HTTP_X_AMZ_TARGET"):
        body = json.dumps({"__type": code, "message": f"injected {code}"}).encode()
        return body, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    inner = f"<Code>{escape(code)}</Code><Message>injected {escape(code)}</Message>"
    text = (
        f"<Error>{inner}</Error>"
        if service == "s3"
        else f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"
    )
    if service == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors></Response>"
    body = text.encode()
    return body, [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]


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

    def do_GET(self) -> None:  # noqa: N802
        if not self.path.startswith("/credentials/"):
            return self._send({}, 404)
        task = self.path.rpartition("/")[2]
        expires = datetime.now(timezone.utc) + timedelta(hours=1)
        return self._send(
            {
                "AccessKeyId": f"ASIATASK{task[:12].upper()}",
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
    Control.store, Control.faults = store, faults
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
