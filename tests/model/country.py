#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A country's catalogue as plain files: its folder laid over the base by JSON Merge Patch (RFC 7396), worked out a second time.

    tests/model/country.py catalogue iq /tmp/iq     writes the merged files below /tmp/iq, for `oracle.py mart --catalogue`
"""

import json
import os
import shutil
import sys


def patched(target, patch):
    """The MergePatch function of RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = patched(target.get(name), value)
    return target


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def merge(catalogue, country, folder):
    """Write the country's catalogue into a new folder."""
    shutil.copytree(catalogue, folder, ignore=shutil.ignore_patterns("countries", "schema"))
    overlay = os.path.join(catalogue, "countries", country)
    for root, _, names in os.walk(overlay):
        for name in names:
            target = os.path.join(folder, os.path.relpath(root, overlay), name)
            if not name.endswith(".json"):
                continue
            document = read(os.path.join(root, name))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.exists(target):
                document = patched(read(target), document)
            with open(target, "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    merge(*sys.argv[1:])
