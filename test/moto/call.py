"""One call of an AWS API: `call.py SERVICE OPERATION ARGUMENTS` with the arguments as JSON."""

import json
import sys

import boto3

service, operation, arguments = sys.argv[1:]
getattr(boto3.client(service), operation)(**json.loads(arguments))
