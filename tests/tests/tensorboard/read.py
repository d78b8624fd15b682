"""Reads a folder of event files as TensorBoard does; prints every scalar's steps and values as JSON."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# 0: keep all, sample none.
run = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
run.Reload()
scalars = {tag: [[event.step, event.value] for event in run.Scalars(tag)] for tag in run.Tags()["scalars"]}
print(json.dumps({"scalars": scalars, "version": run.file_version}))
