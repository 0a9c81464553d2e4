# SPDX-License-Identifier: Apache-2.0
"""same-objects.py A B: whether two YAML files hold the same objects, in whatever order; prints how many."""
import json
import sys

import yaml


def objects(path):
    with open(path) as file:
        return sorted(json.dumps(value, sort_keys=True) for value in yaml.safe_load_all(file))


one, other = objects(sys.argv[1]), objects(sys.argv[2])
for value in set(one) ^ set(other):
    print(f"only in {sys.argv[1] if value in one else sys.argv[2]}: {value}")
if one == other:
    print(f"{len(one)} objects")
sys.exit(0 if one and one == other else 1)
