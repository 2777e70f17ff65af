"""Calls Step Functions by boto3: [operation, parameters] a line on standard input, the answer or the refusal a line on standard output."""

import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client("stepfunctions", endpoint_url=sys.argv[1], config=Config(inject_host_prefix=False))
for line in sys.stdin:
    operation, parameters = json.loads(line)
    try:
        answer = getattr(client, xform_name(operation))(**parameters)
        answer.pop("ResponseMetadata")
        told = {"answer": answer}
    except ClientError as error:
        told = {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    print(json.dumps(told, default=str), flush=True)
