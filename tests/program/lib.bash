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

# random_weights FILE SEED NAME:AXIS,AXIS,... ...: a safetensors file of small BF16 numbers, the same for a seed.
random_weights() {
  local file=$1 seed=$2
  shift 2
  printf '%s\n' "$@" | LC_ALL=C awk -F: '{
      count = split($2, axes, ","); bytes = 2
      for (i = 1; i <= count; ++i) bytes *= axes[i]
      printf "%s\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%d,%d]}", (NR > 1 ? "," : "{"), $1, $2, at, at + bytes
      at += bytes
    } END { printf "}" }' >"$file.header"
  local length total
  length=$(wc -c <"$file.header")
  total=$(sed 's/.*,\([0-9]*\)\]}}$/\1/' "$file.header")
  {
    # shellcheck disable=SC2059
    printf "$(printf '\\x%02x\\x%02x\\x00\\x00\\x00\\x00\\x00\\x00' $((length % 256)) $((length / 256)))"
    cat "$file.header"
    # The high byte: a sign, and an exponent that makes numbers of 0.008 to 0.12.
    LC_ALL=C awk -v n=$((total / 2)) -v seed="$seed" 'BEGIN {
      srand(seed)
      for (i = 0; i < n; ++i) printf "%c%c", 1 + int(255 * rand()), (rand() < 0.5 ? 60 : 188) + int(2 * rand())
    }'
  } >"$file"
  rm "$file.header"
}

# tiny_encoders CLIP BERT [SEED]: two folders as Hugging Face publishes them, width 16, random weights.
tiny_encoders() {
  local clip=$1 bert=$2 seed=${3:-1} layer names=()
  mkdir -p "$clip" "$bert"
  echo '{"model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1,
    "num_attention_heads": 2, "image_size": 32, "patch_size": 8}' >"$clip/config.json"
  layer=encoder.layers.0
  names=(embeddings.class_embedding:16 embeddings.patch_embedding.weight:16,3,8,8 embeddings.position_embedding.weight:17,16)
  for name in pre_layrnorm post_layernorm $layer.layer_norm1 $layer.layer_norm2; do
    names+=("$name.weight:16" "$name.bias:16")
  done
  for name in q k v out; do names+=("$layer.self_attn.${name}_proj.weight:16,16" "$layer.self_attn.${name}_proj.bias:16"); done
  names+=("$layer.mlp.fc1.weight:32,16" "$layer.mlp.fc1.bias:32" "$layer.mlp.fc2.weight:16,32" "$layer.mlp.fc2.bias:16")
  random_weights "$clip/model.safetensors" "$seed" "${names[@]}"

  echo '{"model_type": "bert", "vocab_size": 24, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 2, "max_position_embeddings": 40}' >"$bert/config.json"
  printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' a the red green blue yellow circle square triangle small large \
    above below left right of and is on >"$bert/vocab.txt"
  names=(embeddings.word_embeddings.weight:24,16 embeddings.position_embeddings.weight:40,16
    embeddings.token_type_embeddings.weight:2,16 embeddings.LayerNorm.weight:16 embeddings.LayerNorm.bias:16)
  for layer in encoder.layer.0 encoder.layer.1; do
    for name in attention.self.query attention.self.key attention.self.value attention.output.dense; do
      names+=("$layer.$name.weight:16,16" "$layer.$name.bias:16")
    done
    names+=("$layer.intermediate.dense.weight:32,16" "$layer.intermediate.dense.bias:32" "$layer.output.dense.weight:16,32"
      "$layer.output.dense.bias:16")
    for name in attention.output.LayerNorm output.LayerNorm; do names+=("$layer.$name.weight:16" "$layer.$name.bias:16"); done
  done
  random_weights "$bert/model.safetensors" "$((seed + 100))" "${names[@]}"
}

# Little-endian bytes of numbers, as printf takes them: f32 has the few values that the files need.
f32() {
  local x
  for x in "$@"; do
    case $x in
      0) printf '\0\0\0\0' ;;
      1) printf '\0\0\200\77' ;;
      2) printf '\0\0\0\100' ;;
      20) printf '\0\0\240\101' ;;
      30) printf '\0\0\360\101' ;;
      40) printf '\0\0\40\102' ;;
      nan) printf '\0\0\300\177' ;;
      *) fail "f32 $x" ;;
    esac
  done
}
# npy FILE SHAPE NUMBER...: an array of single precision.
npy() {
  local file=$1 header="{'descr': '<f4', 'fortran_order': False, 'shape': ($2), }"
  shift 2
  { printf '\223NUMPY\1\0\166\0%-117s\n' "$header" && f32 "$@"; } >"$file"
}
# scan_split FOLDER NAME IMAGES REPEATS: feature files in SCAN's layout. Feature i % 8 of image i is 1 in one region and 2 in
# the other, the rest is 0; its captions have a word of their own.
words=(zero one two three four five six seven)
scan_split() {
  local i r d c k=0 ims=() boxes=() sizes=()
  : >"$1/$2_caps.txt"
  : >"$1/$2_ids.txt"
  for ((i = 0; i < $3; ++i)); do
    for ((c = 0; c < 5; ++c)); do echo "a ${words[i % 8]} in $2 $((k++))" >>"$1/$2_caps.txt"; done
    for ((r = 0; r < $4; ++r)); do
      for d in 1 2; do
        for ((c = 0; c < 8; ++c)); do ims+=("$((c == i % 8 ? d : 0))"); done
        boxes+=(1 2 30 20)
      done
      sizes+=(40 30)
      echo "${2}_$i" >>"$1/$2_ids.txt"
    done
  done
  npy "$1/$2_ims.npy" "$(($3 * $4)), 2, 8" "${ims[@]}"
  npy "$1/$2_boxes.npy" "$(($3 * $4)), 2, 4" "${boxes[@]}"
  npy "$1/$2_img_sizes.npy" "$(($3 * $4)), 2" "${sizes[@]}"
}
