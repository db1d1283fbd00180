"""One ECS task: it goes through its states in order, and runs its container in between."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from .container import Container

if TYPE_CHECKING:
    from .tasks import TaskStore

ACCOUNT = "123456789012"
#: Fargate's own, in seconds, for a container that names none.
STOP_TIMEOUT = 30
#: Seconds in the states before and after running.
STEP = 0.05


class Task:
    """One task and its container."""

    def __init__(self, store: TaskStore, definition: Any, request: dict[str, Any]) -> None:
        self.id = uuid.uuid4().hex
        self.store, self.definition, self.request = store, definition, request
        self.cluster = request["cluster"].rpartition("/")[2]
        self.arn = f"arn:aws:ecs:{store.region}:{ACCOUNT}:task/{self.cluster}/{self.id}"
        self.status, self.desired = "PROVISIONING", "RUNNING"
        self.stop_code = self.reason = self.container_reason = ""
        self.exit_code: int | None = None
        self.container: Container | None = None
        self.lines: list[str] = []
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)

    @property
    def key(self) -> str:
        """The key id of its role's credentials."""
        return f"ASIATASK{self.id[:12].upper()}"

    @property
    def overrides(self) -> dict[str, Any]:
        return self.request.get("overrides") or {}

    @property
    def command(self) -> list[str]:
        spec = self.definition.container_definitions[0]
        changed = self.overrides.get("containerOverrides", [{}])[0].get("command")
        return [*spec.get("entryPoint", []), *(changed or spec.get("command", []))]

    @property
    def role(self) -> str:
        changed = self.overrides.get("containerOverrides", [{}])[0].get("command") or [""]
        return changed[0]

    def describe(self) -> dict[str, Any]:
        container = {
            "name": self.definition.container_definitions[0]["name"],
            "lastStatus": self.status,
            "taskArn": self.arn,
        }
        if self.exit_code is not None:
            container["exitCode"] = self.exit_code
        if self.container_reason:
            container["reason"] = self.container_reason
        found = {
            "taskArn": self.arn,
            "clusterArn": self.cluster,
            "taskDefinitionArn": self.definition.arn,
            "lastStatus": self.status,
            "desiredStatus": self.desired,
            "startedBy": self.request.get("startedBy", ""),
            "overrides": self.overrides,
            "containers": [container],
            "launchType": "FARGATE",
        }
        if self.status == "STOPPED" or self.stop_code:
            found.update(stopCode=self.stop_code, stoppedReason=self.reason)
        return found

    def stop(self, code: str, reason: str) -> None:
        if self.status != "STOPPED" and not self._stop.is_set():
            self.stop_code, self.reason, self.desired = code, reason, "STOPPED"
            self._stop.set()

    def _live(self) -> None:
        try:
            self._run()
        finally:
            self.desired = "STOPPED"
            for status in ("DEPROVISIONING", "STOPPED"):
                time.sleep(STEP)
                self.status = status

    def _run(self) -> None:
        time.sleep(STEP)
        self.status = "PENDING"
        late = self.store.faults.take("late", role=self.role)
        self._stop.wait(late["seconds"] if late else self.store.start_delay)
        problem = self._obstacle()
        if problem or self._stop.is_set():
            if problem:
                self.stop_code, self.reason = "TaskFailedToStart", problem
            return
        self.container = Container(self.command, self.store.environment(self), self._log)
        self.status = "RUNNING"
        while (code := self.container.wait(0.05)) is None:
            if self._stop.is_set():
                self.status = "STOPPING"
                code = self._end()
                break
        self.exit_code = code
        if not self.stop_code:
            self.stop_code, self.reason = "EssentialContainerExited", "Essential container in task exited"
        if code == 137 and self.container_reason == "":
            self.container_reason = "OutOfMemoryError: Container killed due to memory usage"

    def _obstacle(self) -> str:
        """Return why the container cannot start."""
        fault = self.store.faults.take("pull", role=self.role)
        if fault:
            return f"CannotPullContainerError: {fault.get('reason', 'manifest unknown')}"
        roles = iam_backends[ACCOUNT]["aws"].roles.values()
        for arn in (self.definition.task_role_arn, self.definition.execution_role_arn):
            if arn not in {role.arn for role in roles}:
                return f"ECS was unable to assume the role '{arn}' that was provided for this task."
        options = self._log_options()
        if options and options["awslogs-group"] not in logs_backends[ACCOUNT][self.store.region].groups:
            return "ResourceInitializationError: failed to validate logger args: log group does not exist"
        return ""

    def _end(self) -> int:
        self.container.signal(signal.SIGTERM)
        timeout = self.definition.container_definitions[0].get("stopTimeout", STOP_TIMEOUT)
        code = self.container.wait(timeout)
        if code is None:
            self.container.kill()
            code = self.container.wait()
        return code

    def _log_options(self) -> dict[str, str] | None:
        config = self.definition.container_definitions[0].get("logConfiguration")
        return config["options"] if config else None

    def _log(self, line: str) -> None:
        self.lines.append(line)
        options = self._log_options()
        if not options:
            return
        stream = f"{options['awslogs-stream-prefix']}/{self.describe()['containers'][0]['name']}/{self.id}"
        backend, group = logs_backends[ACCOUNT][self.store.region], options["awslogs-group"]
        backend.ensure_log_stream(group, stream)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        backend.put_log_events(group, stream, [event])
