"""ECS tasks that really run, with the limits of the real service."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any

from moto.ecs.exceptions import ClusterNotFoundException, EcsClientException, InvalidParameterException
from moto.ecs.models import ecs_backends

from .faults import Faults
from .task import ACCOUNT, STEP, Task

_GB = 1024
PAIRS = {
    256: {512, 1024, 2048},
    512: {n * _GB for n in range(1, 5)},
    1024: {n * _GB for n in range(2, 9)},
    2048: {n * _GB for n in range(4, 17)},
    4096: {n * _GB for n in range(8, 31)},
    8192: {n * _GB for n in range(16, 61, 4)},
    16384: {n * _GB for n in range(32, 121, 8)},
    32768: {60 * _GB, 120 * _GB, 244 * _GB},
}


class ClusterContainsTasksException(EcsClientException):
    """The cluster still has tasks."""

    code = "ClusterContainsTasksException"


def check_size(cpu: Any, memory: Any) -> None:
    """Refuse a pair that Fargate does not have."""
    if int(memory) not in PAIRS.get(int(cpu), ()):
        raise EcsClientException("No Fargate configuration exists for given values.")


class TaskStore:
    """All tasks, and what the API does with them."""

    def __init__(self, region: str, faults: Faults, endpoint: str, control: str, path: str) -> None:
        self.region, self.faults = region, faults
        self._endpoint, self._control, self._path = endpoint, control, path
        self.tasks: dict[str, Task] = {}
        self._tokens: dict[str, tuple[str, list[Task]]] = {}
        self._lock = threading.Lock()
        self.page_size, self.start_delay = 100, STEP

    @property
    def backend(self) -> Any:
        return ecs_backends[ACCOUNT][self.region]

    def environment(self, task: Task) -> dict[str, str]:
        """Return the environment of a container."""
        host = self._endpoint.rpartition("/")[2]
        spec = task.definition.container_definitions[0]
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": self._path,
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_S3_ENDPOINT": host,
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "YES",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self._control}/credentials/{task.id}",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **{item["name"]: item["value"] for item in spec.get("environment", [])},
        }

    def _cluster(self, name: str) -> Any:
        name = (name or "default").rpartition("/")[2]
        cluster = self.backend.clusters.get(name)
        if cluster is None or cluster.status != "ACTIVE":
            raise ClusterNotFoundException
        return cluster

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do RunTask."""
        cluster = self._cluster(request.get("cluster", ""))
        definition = self._check(request, cluster)
        token = request.get("clientToken")
        wanted = json.dumps({k: v for k, v in request.items() if k != "clientToken"}, sort_keys=True)
        with self._lock:
            if token and token in self._tokens:
                known, tasks = self._tokens[token]
                if known != wanted:
                    raise InvalidParameterException("The client token was used with other parameters.")
                return {"tasks": [task.describe() for task in tasks], "failures": []}
            tasks, failures = self._place(definition, request)
            if token:
                self._tokens[token] = (wanted, tasks)
        return {"tasks": [task.describe() for task in tasks], "failures": failures}

    def _place(self, definition: Any, request: dict) -> tuple[list[Task], list[dict]]:
        tasks, failures = [], []
        spot = "FARGATE_SPOT" if request.get("capacityProviderStrategy") else "FARGATE"
        subnets = request["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
        for _ in range(request.get("count", 1)):
            task = Task(self, definition, request)
            details = {"provider": spot, "role": task.role, "subnets": ",".join(subnets)}
            fault = self.faults.take("capacity", **details)
            if fault:
                reason = fault.get("reason", "Capacity is unavailable at this time.")
                failures.append({"arn": task.arn, "reason": reason})
                continue
            self.tasks[task.id] = task
            task.thread.start()
            tasks.append(task)
        return tasks, failures

    def _check(self, request: dict[str, Any], cluster: Any) -> Any:
        if not 1 <= request.get("count", 1) <= 10:
            raise InvalidParameterException("Count must be between 1 and 10.")
        strategy = request.get("capacityProviderStrategy")
        if bool(strategy) == bool(request.get("launchType")):
            raise InvalidParameterException("Specify either launch type or capacity provider strategy.")
        if strategy and strategy[0]["capacityProvider"] not in (cluster.capacity_providers or []):
            raise InvalidParameterException("The capacity provider is not associated with the cluster.")
        if len(request.get("startedBy", "")) > 128:
            raise InvalidParameterException("startedBy is too long.")
        overrides = request.get("overrides") or {}
        if len(json.dumps(overrides)) > 8192:
            raise InvalidParameterException("Overrides are too long.")
        definition = self.backend.describe_task_definition(request["taskDefinition"])
        if definition.status != "ACTIVE":
            raise EcsClientException("TaskDefinition is inactive")
        names = {item["name"] for item in definition.container_definitions}
        for item in overrides.get("containerOverrides", []):
            if item["name"] not in names:
                raise InvalidParameterException("Override for container that does not exist.")
        check_size(overrides.get("cpu", definition.cpu), overrides.get("memory", definition.memory))
        storage = overrides.get("ephemeralStorage")
        if storage and not 21 <= storage["sizeInGiB"] <= 200:
            raise InvalidParameterException("Ephemeral storage must be between 21 and 200 GiB.")
        self._check_network(request)
        return definition

    def _check_network(self, request: dict[str, Any]) -> None:
        network = (request.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if not network or not network.get("subnets"):
            raise InvalidParameterException("Network configuration must be provided for awsvpc.")
        from moto.ec2.models import ec2_backends

        subnets = ec2_backends[ACCOUNT][self.region].subnets
        known = {name for zone in subnets.values() for name in zone}
        for subnet in network["subnets"]:
            if not re.fullmatch("subnet-[0-9a-f]+", subnet) or subnet not in known:
                raise InvalidParameterException(f"The subnet ID '{subnet}' does not exist")

    def kill_by_key(self, key: str) -> None:
        """Kill the container whose role credentials have this key id."""
        for task in list(self.tasks.values()):
            if task.container and key == task.key:
                task.container.kill()

    def find(self, cluster: str, name: str) -> Task | None:
        """Return a task by ARN or id."""
        return self.tasks.get(name.rpartition("/")[2])

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do StopTask."""
        self._cluster(request.get("cluster", ""))
        task = self.find(request.get("cluster", ""), request["task"])
        if task is None:
            raise InvalidParameterException("The referenced task was not found.")
        task.stop("UserInitiated", request.get("reason", ""))
        return {"task": task.describe()}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do DescribeTasks."""
        self._cluster(request.get("cluster", ""))
        names = request.get("tasks", [])
        if not 1 <= len(names) <= 100:
            raise InvalidParameterException("Tasks must have 1 to 100 entries.")
        found = [(name, self.find("", name)) for name in names]
        return {
            "tasks": [task.describe() for _, task in found if task],
            "failures": [{"arn": name, "reason": "MISSING"} for name, task in found if not task],
        }

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do ListTasks, in pages."""
        cluster = self._cluster(request.get("cluster", "")).name
        started_by, desired = request.get("startedBy"), request.get("desiredStatus")
        if started_by and (desired or request.get("family")):
            raise InvalidParameterException("startedBy must be the only filter.")
        chosen = sorted(
            task.arn
            for task in self.tasks.values()
            if task.cluster == cluster
            and task.desired == (desired or "RUNNING")
            and (not started_by or task.request.get("startedBy") == started_by)
        )
        begin = int(request.get("nextToken") or 0)
        end = begin + min(request.get("maxResults") or 100, self.page_size)
        page = {"taskArns": chosen[begin:end]}
        return {**page, "nextToken": str(end)} if end < len(chosen) else page

    def delete_cluster(self, name: str) -> Any:
        """Do DeleteCluster: refused while a task is not stopped."""
        cluster = self._cluster(name)
        if any(t.cluster == cluster.name and t.status != "STOPPED" for t in self.tasks.values()):
            raise ClusterContainsTasksException("The cluster cannot be deleted while tasks are active.")
        return self.backend.delete_cluster(name)

    def close(self) -> None:
        """Kill all containers."""
        for task in list(self.tasks.values()):
            if task.container:
                task.container.kill()
                task.container.wait(5)
