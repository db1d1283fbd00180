"""The tests' side of the emulated AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from shepherd_segmentation.core.aws import FargateProfile, Pace

ROOT = Path(__file__).resolve().parents[2]
GUARD = ROOT / "tests" / "aws" / "emulator" / "guard"
REGION = "eu-central-1"
BUCKET, LOGS = "shepherd-tests", "/shepherd/tests"
#: Everything is looked at more often than in real life.
PACE = Pace(poll=0.3, supervise=0.6, wait=1, lease=5, idle=60.0, patience=3.0, stop=60.0, deliveries=4)


def python_path() -> str:
    """Return the module path of child processes: the guard first, then the package's link."""
    link = next(p for p in map(Path, sys.path) if (p / "shepherd_segmentation").exists())
    return os.pathsep.join([str(GUARD), str(link)])


class Cloud:
    """An emulated AWS in a process of its own.

    Parameters
    ----------
    folder : Path
        For the process's files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)])}
        command = [sys.executable, "-m", "tests.aws.emulator.server", str(folder), python_path()]
        with open(folder / "server.log", "wb") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        found = folder / "addresses.json"
        deadline = time.monotonic() + 60
        while not found.exists():
            assert self._process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline, "the emulated AWS does not start"
            time.sleep(0.05)
        addresses = json.loads(found.read_text())
        self.earlier: set[str] = set()
        self.endpoint, self._control = addresses["endpoint"], addresses["control"]

    def close(self) -> None:
        """End the process and all containers."""
        self._process.terminate()
        self._process.wait(20)

    def processor_time(self) -> float:
        """Return the seconds of processor time that this AWS itself has used."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as status:
            fields = status.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def environment(self) -> dict[str, str]:
        """Return the environment in which boto3 and GDAL see this AWS and no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_S3_ENDPOINT": self.endpoint.rpartition("/")[2],
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "YES",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ACCESS_KEY_ID": "AKIDCLIENT",
            "AWS_SECRET_ACCESS_KEY": "client-secret",
            "AWS_DEFAULT_REGION": REGION,
        }

    def control(self, do: str, **values: Any) -> Any:
        """Send a command to the cloud."""
        data = json.dumps({"do": do, **values}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._control, data)) as answer:
            return json.loads(answer.read())

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a boto3 client that is not the engine's."""
        import boto3

        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="AKIDTEST",
            aws_secret_access_key="test-secret",
        )

    def furnish(self) -> FargateProfile:
        """Make what an administrator makes once, and return a profile that names it."""
        iam, ec2 = self.client("iam"), self.client("ec2")
        self.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.client("logs").create_log_group(logGroupName=LOGS)
        roles = [
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            for name in ("shepherd-task", "shepherd-execution")
        ]
        subnets = [item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]][:2]
        groups = [item["GroupId"] for item in ec2.describe_security_groups()["SecurityGroups"]][:1]
        return FargateProfile(
            name="test",
            region=REGION,
            bucket=BUCKET,
            image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:test",
            task_role_arn=roles[0],
            execution_role_arn=roles[1],
            subnets=tuple(subnets),
            security_groups=tuple(groups),
            cpu="1 vCPU",
            memory="4GB",
            log_group=LOGS,
            workers=3,
        )

    def tasks(self, role: str = "", status: str = "") -> list[dict]:
        """Return the tasks of the current test, all or those of a role and in a state."""
        found = [task for task in self.control("tasks") if task["id"] not in self.earlier]
        return [t for t in found if (not role or t["role"] == role) and (not status or t["status"] == status)]

    def log(self) -> str:
        """Return what all containers said."""
        return "\n".join(f"{t['role'][:6]} {t['id'][:4]} {line}" for t in self.tasks() for line in t["lines"])

    def leftovers(self, keep: str = "data/") -> list[str]:
        """Return whatever a job has left behind."""
        ecs, s3 = self.client("ecs"), self.client("s3")
        left = [f"task {t['id']}" for t in self.tasks() if t["status"] != "STOPPED"]
        left += [f"process {t['pid']}" for t in self.tasks() if t["pid"] and _alive(t["pid"])]
        clusters = ecs.list_clusters()["clusterArns"]
        for cluster in ecs.describe_clusters(clusters=clusters)["clusters"] if clusters else ():
            left += [cluster["clusterName"]] if cluster["status"] == "ACTIVE" else []
        for status in ("ACTIVE", "INACTIVE"):
            left += ecs.list_task_definitions(status=status)["taskDefinitionArns"]
        left += self.client("sqs").list_queues().get("QueueUrls", [])
        objects = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        left += [item["Key"] for item in objects if not item["Key"].startswith(keep)]
        left += [u["Key"] for u in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]
        return left


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
