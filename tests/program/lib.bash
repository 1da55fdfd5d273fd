# Shared by the tests of the program. MGAN is its path, MGAN_SOURCE the project, the working directory is empty.
# shellcheck shell=bash
set -euo pipefail
: "${MGAN:?path of the program}" "${MGAN_SOURCE:?folder of the project}"
export OMP_NUM_THREADS=1  # the models here are so small that threads cost more than they give

# The smallest model that has every part.
tiny=(--train-scenes 64 --validation-scenes 16 --batch 16 --epochs 2 --warmup-epochs 1 --image-size 32 --patch-size 16
  --vision-width 32 --vision-layers 1 --text-width 32 --text-layers 1 --width 32 -k 2)

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# train_command OPTION...: sets `command` to a tiny run in which these options take the place of the tiny ones.
train_command() {
  local i
  command=("$MGAN" train --quiet)
  for ((i = 0; i < ${#tiny[@]}; i += 2)); do
    [[ " $* " == *" ${tiny[i]} "* ]] || command+=("${tiny[i]}" "${tiny[i + 1]}")
  done
  command+=("$@")
}
train() {
  train_command "$@"
  "${command[@]}"
}

# same_run A B: both folders hold the same bits.
same_run() {
  local file
  for file in last.safetensors best.safetensors log.jsonl; do
    cmp "$1/$file" "$2/$file" || fail "$1/$file and $2/$file differ"
  done
  [ -z "$(find "$2" -name '*.mgan-tmp')" ] || fail "$2: a temporary file is left"
}

# refuses WORDS COMMAND...: exit code 2, and one line on the error output that holds the words (an extended regex).
refuses() {
  local words=$1 code=0
  shift
  "$@" >out.txt 2>err.txt || code=$?
  [ "$code" -eq 2 ] || fail "exit code $code instead of 2: $* $(cat err.txt)"
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "more than one line: $* $(cat err.txt)"
  grep -qE -- "$words" err.txt || fail "no '$words' in: $(cat err.txt)"
}

# returns CODE COMMAND...
returns() {
  local wanted=$1 code=0
  shift
  "$@" >out.txt 2>err.txt || code=$?
  [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $* $(cat out.txt err.txt)"
}

# kill_shim: builds a library that kills the program at a step of writing; see kill_at_write.c.
kill_shim() {
  command -v "${CC:-cc}" >/dev/null || exit 77
  "${CC:-cc}" -shared -fPIC -O1 -o kill_at_write.so "$MGAN_SOURCE/tests/program/kill_at_write.c" -ldl
}
# killed_at STEP FOLDER COMMAND...: runs the command and kills it before that step of writing below the folder. Returns
# 137 when it was killed.
killed_at() {
  local step=$1 folder=$2
  shift 2
  (LD_PRELOAD=$PWD/kill_at_write.so KILL_AT=$step KILL_BELOW=$folder exec "$@")
}

# photographs FOLDER: 12 pictures and data.json, 8 of them to train, 2 to validate, 2 to test.
photographs() {
  local i split
  mkdir -p "$1"
  for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
    base64 -d >"$1/$i.png" <<<"$png"
    split=train
    [ "$i" -lt 8 ] || split=val
    [ "$i" -lt 10 ] || split=test
    printf '%s{"filename":"%d.png","imgid":%d,"split":"%s","sentences":[{"raw":"a red board %d","sentid":%d}]}' \
      "$([ "$i" -eq 0 ] || echo ,)" "$i" "$i" "$split" "$i" "$i"
  done | sed '1s/^/{"images":[/; $s/$/]}/' >"$1/data.json"
}
png=iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAIElEQVR42mPQQAInkBAucYZBqIEYRchgMGoYjYdBoQEApP7IAU9CGu8AAAAASUVORK5CYII=
