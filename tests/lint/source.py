# SPDX-License-Identifier: Apache-2.0
"""What the lint scripts share: the tree's files, and C text without its comments or strings."""
import os
import re
import sys

SKIPPED = {'.git', 'build', '__pycache__', 'fixtures', 'node_modules'}


def root():
    """The tree to check: the first argument, else the checkout."""
    return os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '../..'))


def files(top, *suffixes, under=('',)):
    """Sorted paths relative to top of the files with one of the suffixes, in one of the folders."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in SKIPPED]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            if name.endswith(suffixes) and path.startswith(tuple(under)):
                found.append(path)
    return sorted(found)


def text(top, path):
    with open(os.path.join(top, path), encoding='utf-8', errors='replace') as file:
        return file.read()


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def strip(code, strings=True):
    """The code with comments (and strings, unless strings=False) blanked; line numbers stay."""
    def blank(match):
        token = match.group()
        if token[0] in '"\'' and not strings:
            return token
        return re.sub(r'[^\n]', ' ', token)
    return TOKEN.sub(blank, code)


def line_of(code, position):
    return code.count('\n', 0, position) + 1


def finish(found):
    """Print the findings, one a line, and end with their exit status."""
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)
