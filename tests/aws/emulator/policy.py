"""What a request needs to be allowed, as AWS's service authorization reference has it."""

from __future__ import annotations

#: Requests that need another permission than their name, or more: the engine tags all that it makes.
_NEEDS = {
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:GetBucket": ("s3:ListBucket",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "sqs:CreateQueue": ("sqs:CreateQueue", "sqs:TagQueue"),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "ecs:CreateCluster": ("ecs:CreateCluster", "ecs:TagResource"),
    "ecs:RegisterTaskDefinition": ("ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole"),
    "ecs:RunTask": ("ecs:RunTask", "ecs:TagResource", "iam:PassRole"),
    "sts:GetCallerIdentity": (),
}


def needs(event: str) -> set[str]:
    """Return the actions that a policy must allow for a request such as ``s3:HeadObject``."""
    return set(_NEEDS.get(event, (event,)))
