"""An AWS on this machine whose Fargate really runs the containers' commands, as local processes.

Moto answers for S3, SQS, IAM, EC2, STS and logs; ECS tasks are replaced by `tasks`, which is as
strict as the real one about what the engine uses. Everything listens on the loopback interface.
"""
