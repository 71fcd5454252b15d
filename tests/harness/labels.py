# SPDX-License-Identifier: Apache-2.0
"""The labels of the catalogue: the same keys in every language, each text in its language's script and none left in English."""

import glob
import json
import os
import re
import sys

ARABIC, DEVANAGARI = re.compile("[\u0600-\u06ff]"), re.compile("[\u0900-\u097f]")
SCRIPTS = {"ar": ARABIC, "ckb": ARABIC, "ur": ARABIC, "hi": DEVANAGARI}
# Letters that the script of a language may share a text with: numbers of quality rules in brackets, names of values in braces.
FOREIGN = re.compile(r"\(Q\d[^)]*\)|\{[a-z_.]+\}|[^A-Za-z]")
PLACES = re.compile(r"\{[^}]*\}")


def read(folder):
    """{language: {key: text}}, and the languages of which every file says whether it was reviewed."""
    languages, marked = {}, {}
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        language = os.path.basename(path).split(".")[0]
        marked[language] = marked.get(language, True) and document.get("$review") in ("reviewed", "unreviewed")
        languages.setdefault(language, {}).update((key, text) for key, text in document.items() if not key.startswith("$"))
    return languages, marked


def findings(folder):
    languages, marked = read(folder)
    english = languages.pop("en")
    for missing in sorted(set(SCRIPTS) - set(languages)):
        yield f"{missing}: there are no labels"
    for language, labels in languages.items():
        if not marked[language]:
            yield f"{language}: a file does not say whether it was reviewed"
        for key in sorted(english.keys() ^ labels.keys()):
            yield f"{language}: {key}: {'missing' if key in english else 'nothing has this label'}"
        for key, text in labels.items():
            if sorted(PLACES.findall(text)) != sorted(PLACES.findall(english.get(key, text))):
                yield f"{language}: {key}: {text!r} fills in other values than the English text"
            if text == english.get(key):
                yield f"{language}: {key}: is the English text"
            if not SCRIPTS[language].search(text):
                yield f"{language}: {key}: {text!r} is not in the language's script"
            if FOREIGN.sub("", text):
                yield f"{language}: {key}: {text!r} holds Latin letters"


def main():
    found = list(findings(sys.argv[1]))
    print("\n".join(found[:50]))
    languages, _ = read(sys.argv[1])
    print(f"{len(languages)} languages, {sum(map(len, languages.values()))} labels, {len(found)} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
