"""What the documentation asks an administrator to allow."""

from __future__ import annotations

from shepherd_segmentation.core.aws.permissions import (
    CHECK_ACTIONS,
    CLIENT_ACTIONS,
    OPTIONAL_ACTIONS,
    TASK_ACTIONS,
)

#: To start jobs, and to do so with all checks and from a stack; and for workers and coordinators.
CLIENT_NEEDS = {action for actions in CLIENT_ACTIONS.values() for action in actions}
CLIENT_MAY = {*CLIENT_NEEDS, *CHECK_ACTIONS, *OPTIONAL_ACTIONS, "cloudformation:DescribeStacks"}
TASK_MAY = {action for actions in TASK_ACTIONS.values() for action in actions}
