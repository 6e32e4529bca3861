#!/bin/sh
# Measures each model FOLDER that is named, or random weights of 4.0 and 4.6, into benchmarks/results/.
set -eu
cd "$(dirname "$0")/.."

mkdir -p benchmarks/results

measure() {  # result, then what `tintype bench` takes; in two runs, so that a fault costs one of them
    name=$1
    shift
    for parts in photos,same-views,levers memory,second-question,chat-while-indexing; do
        result=benchmarks/results/$name-${parts%%,*}.json
        echo "$result" >&2
        .venv/bin/python -m desktop_app bench "$@" --what "$parts" --json > "$result.part"
        mv "$result.part" "$result"
    done
}

if [ $# -eq 0 ]; then
    measure random-5 --random minicpm-v-4
    measure random-4_6 --random minicpm-v-4.6
fi
for folder in "$@"; do
    text=$(basename "$folder"/random-*-text.gguf)
    measure "${text%-text.gguf}" "$folder"
done
