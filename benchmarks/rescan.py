"""Times looking at a folder again in which nothing changed: Tintype, and rclip 3.3's walk of its index, in turn.

    python -m venv ELSEWHERE && ELSEWHERE/bin/pip install rclip==3.3.0
    PYTHONPATH=. .venv/bin/python benchmarks/rescan.py ELSEWHERE/bin/python --files 100000

rclip's index is filled here with what it would hold, without its model, which takes no part in the walk. Both compare
size and time of each file with what they remember; Tintype also looks for sidecars, and which directory lies where.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from desktop_app import library_bench, paths
from engine.hardware import processor, usable_cores
from indexer.library.database import Library

RESULT = Path(__file__).parent / "results" / "rescan.json"
FILL = """
import os, sys
from rclip import db
index = db.DB(sys.argv[1])
for directory, _, names in os.walk(sys.argv[2]):
    for name in names:
        path = os.path.join(directory, name)
        found = os.stat(path)
        index.upsert_image(db.NewImage(filepath=path, modified_at=found.st_mtime, size=found.st_size,
                                       vector=bytes(2048), hash=name), commit=False)
index.close()
"""
WALK = """
import sys, time
from rclip import db, main
index = db.DB(sys.argv[1])
began = time.monotonic()
main.RClip(None, index, 8, None).ensure_index(sys.argv[2])
print(time.monotonic() - began)
index.close()
"""


def main() -> None:
    options = argparse.ArgumentParser(description="Times an unchanged rescan beside rclip's.")
    options.add_argument("python", help="one that has rclip")
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        made = library_bench.Made(Path(temporary, "home"), Path(temporary, "pictures"))
        library_bench.make(made, chosen.files)
        index = str(Path(temporary, "rclip.db"))
        subprocess.run([chosen.python, "-c", FILL, index, str(made.pictures)], check=True)
        ours, theirs = [], []
        with closing(Library(paths.library_file(made.home))) as library:
            for number in range(chosen.rounds):
                began = time.monotonic()
                library_bench.rescan(library, made)
                ours.append(time.monotonic() - began)
                walked = [chosen.python, "-c", WALK, index, str(made.pictures)]
                said = subprocess.run(walked, check=True, capture_output=True, text=True).stdout
                theirs.append(float(said.strip().splitlines()[-1]))
                print(f"{number + 1}: Tintype {ours[-1]:.2f} s, rclip {theirs[-1]:.2f} s")  # noqa: T201
    result = {
        "files": chosen.files,
        "processor": processor(),
        "cores": usable_cores(),
        "tintype_s": [round(seconds, 3) for seconds in ours],
        "rclip_s": [round(seconds, 3) for seconds in theirs],
        "ratio": round(median(theirs) / median(ours), 2),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"rclip takes {result['ratio']} times as long.")  # noqa: T201


if __name__ == "__main__":
    main()
