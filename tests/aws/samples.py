"""A profile that tests without any AWS share."""

from __future__ import annotations

from shepherd_segmentation.core.aws import FargateProfile, payloads

VALUES = {
    "name": "field work",
    "region": "eu-central-1",
    "bucket": "my-bucket",
    "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:0.1.0",
    "task_role_arn": "arn:aws:iam::123456789012:role/task",
    "execution_role_arn": "arn:aws:iam::123456789012:role/execution",
    "subnets": ["subnet-0a", "subnet-0b"],
    "security_groups": ["sg-0c"],
}
PROFILE = FargateProfile(
    **{**VALUES, "subnets": ("subnet-0a", "subnet-0b"), "security_groups": ("sg-0c",)},
    cpu="4 vCPU",
    memory="16GB",
    log_group="/shepherd",
    ephemeral_storage=30,
    tags={"team": "forest"},
)
LABELS = payloads.tags(PROFILE, "s01", "c01")
