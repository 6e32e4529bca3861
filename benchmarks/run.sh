#!/bin/sh
# Measures each model FOLDER that is named, or random weights of 4.0 and 4.6, into benchmarks/results/.
set -eu
cd "$(dirname "$0")/.."

mkdir -p benchmarks/results

measure() {  # result, then what `tintype bench` takes
    name=$1
    shift
    echo "benchmarks/results/$name.json" >&2
    "${PYTHON:-.venv/bin/python}" -m desktop_app bench "$@" --out "benchmarks/results/$name.json"
}

if [ $# -eq 0 ]; then
    measure random-5 --random minicpm-v-4
    measure random-4_6 --random minicpm-v-4.6
fi
for folder in "$@"; do
    text=$(basename "$folder"/random-*-text.gguf)
    measure "${text%-text.gguf}" --weights "$folder"
done
