"""Fails where a frame of the WebSocket isn't what the description says of events.

Reads one JSON document from standard input: {"description": …, "frames": […]}.
"""

import json
import sys

import jsonschema_rs

given = json.load(sys.stdin)
components = given["description"]["components"]
event = jsonschema_rs.validator_for({"$ref": "#/components/schemas/Event", "components": components})
wrong = [f"{frame}: {error.message}" for frame in given["frames"] for error in event.iter_errors(frame)]
sys.exit("\n".join(wrong) or 0)
