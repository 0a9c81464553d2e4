# SPDX-License-Identifier: Apache-2.0
"""schemas.py FILE...: judges each different object of the files by Kubernetes' own schemas, strictly.

Asks the library of kubernetes-validate, whose interpreter runs this, for every version from 1.25 to 1.37; read once
each, which that program does for every object. Ends with 1 and a line for each object that a version refuses.
"""
import functools
import json
import sys

import yaml
from kubernetes_validate import utils

utils.schema_contents = functools.lru_cache(maxsize=None)(utils.schema_contents)
utils.all_versions = functools.lru_cache(maxsize=None)(utils.all_versions)
objects = {}
for path in sys.argv[1:]:
    with open(path) as file:
        for value in yaml.safe_load_all(file):
            objects.setdefault(json.dumps(value, sort_keys=True), (path, value))
versions = [f"1.{minor}" for minor in range(25, 38)]
refused = 0
for version in versions:
    utils.schema_contents.cache_clear()
    for path, value in objects.values():
        try:
            used = utils.validate(value, version, strict=True)
            reason = None if used == version else f"only {used} is known"
        except Exception as error:
            reason = str(getattr(error, "message", error))
        if reason is not None:
            refused += 1
            print(f"{version}: {path}: {value.get('kind')}: {reason}")
if not refused:
    print(f"{len(objects)} different objects, {versions[0]} to {versions[-1]}: accepted")
sys.exit(1 if refused or not objects else 0)
