#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schemas against the fixtures: jsonschema (PyPI) must refuse what we refuse for its shape, and accept the rest.

usage: schema_verdicts.py SCHEMA_FOLDER FIXTURES
SCHEMA_FOLDER holds <FORM>.v<N>.json as `emis catalogue schema` prints them; FIXTURES is tests/fixtures/submissions.
"""
import decimal
import json
import pathlib
import sys

import jsonschema

# Verdicts that are about the document's shape: the schema must give them too.
SHAPE = {"E_ENV_ID", "E_ENV_REVISION", "E_ENV_FIELD", "E_FIELD_UNKNOWN", "E_FIELD_MISSING", "E_FIELD_TYPE", "E_FIELD_RANGE", "E_FIELD_ENUM",
         "E_FIELD_LENGTH", "E_FIELD_FORMAT", "E_ROW_COUNT", "E_DATE_FORMAT", "E_DATE_INVALID", "E_PERIOD_KIND"}
# Verdicts that a schema cannot give: it must accept these documents.
BEYOND = {"E_ROW_DUP", "E_ROW_SET", "E_SUM", "E_RULE", "E_REF_SCHOOL", "E_REF_SCHOOL_CLOSED", "E_REF_LEVEL", "E_REF_CODE", "E_PERIOD_CLOSED",
          "E_PERIOD_FUTURE", "E_SCOPE"}


def read_record(folder):
    """The document, or None where it is not one object or the fixture builds it from a pattern."""
    meta = folder / "record.meta.json"
    if meta.exists() and "repeat" in json.loads(meta.read_text()):
        return None
    try:
        # Decimal keeps 1.0 apart from 1, as the ingest worker does.
        return json.loads((folder / "record.json").read_bytes(), parse_float=decimal.Decimal)
    except (ValueError, OSError):
        return None


def main():
    schemas = {}
    for path in pathlib.Path(sys.argv[1]).glob("*.json"):
        schema = json.loads(path.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        schemas[path.stem] = jsonschema.Draft202012Validator(schema)
    compared = wrong = 0
    for folder in sorted(pathlib.Path(sys.argv[2]).glob("*/*")):
        if not (folder / "expected.json").exists():
            continue
        expected = json.loads((folder / "expected.json").read_text())
        record = read_record(folder)
        code = expected.get("code")
        if not isinstance(record, dict) or (code and code not in SHAPE | BEYOND):
            continue
        validator = schemas.get(f"{record.get('form')}.v{record.get('version')}")
        if validator is None:
            continue
        errors = list(validator.iter_errors(record))
        compared += 1
        if bool(errors) != (code in SHAPE):
            wrong += 1
            print(f"{folder.parent.name}/{folder.name}: we say {code or 'valid'}, the schema says {errors[0].message[:120] if errors else 'valid'}")
    print(f"{len(schemas)} schemas, {compared} verdicts compared, {wrong} differ")
    return 1 if wrong or not compared else 0


sys.exit(main())
