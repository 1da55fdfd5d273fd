# COCO's shapes under 3 GB of anonymous memory: 33 GB of regions and a cache of 59 GB are mapped, never loaded. The files are
# sparse: they have headers, and their features are zeros that take no room on the disk.
source "$MGAN_SOURCE/tests/program/lib.bash"
trap 'rm -rf coco_precomp cache' EXIT

images=113287 regions=36 width=2048  # of the detector
tokens=50 encoder=768 pieces=12  # CLIP ViT-B/32 and [CLS]; BERT-base, [CLS] and [SEP] counted
mkdir coco_precomp cache
npy_header() { printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"; }
# longer FILE BYTES: zeros up to that size, as a hole in the file.
longer() { truncate -s "$2" "$1" 2>/dev/null || exit 77; }  # no such files here
# repeated FILE TIMES: the bytes of standard input so many times, behind what is there.
repeated() {
  cat >part
  local size
  size=$(stat -c %s part)
  while (($(stat -c %s part) < size * $2)); do
    cat part part >double
    mv double part
  done
  head -c "$((size * $2))" part >>"$1"
  rm part
}
# split NAME IMAGES REPEATS: five captions an image, a row of features an image or a caption.
split() {
  local rows=$(($2 * $3)) file=coco_precomp/$1
  npy_header '<f4' "$rows, $regions, $width" >"${file}_ims.npy"
  longer "${file}_ims.npy" "$((128 + 4 * rows * regions * width))"
  npy_header '<f2' "$rows, $regions, 4" >"${file}_boxes.npy"  # (1, 2, 30, 20) in half precision
  printf '\0\74\0\100\200\117\0\115' | repeated "${file}_boxes.npy" "$((rows * regions))"
  npy_header '<i4' "$rows, 2" >"${file}_img_sizes.npy"
  printf '\50\0\0\0\36\0\0\0' | repeated "${file}_img_sizes.npy" "$rows"
  awk -v n="$((5 * $2))" -v name="$1" 'BEGIN { for (i = 0; i < n; ++i) print "a dog " i % 50 " in " name }' >"${file}_caps.txt"
  awk -v n="$rows" -v each="$3" -v name="$1" 'BEGIN { for (i = 0; i < n; ++i) print (name == "dev") * 200000 + int(i / each) }' >"${file}_ids.txt"
}
split train "$images" 1
split dev 50 5

# shards NAME IMAGES SPLIT FIRST_ID: files of at most 4,096 images, a safetensors header, integers, and a hole. Prints the manifest's
# list of them.
shards() {
  printf '\1\0\0\0\0\0\0\0' | repeated ones 4096
  printf '\0\0\0\0\0\0\0\0' | repeated zeros 4096
  printf '\14\0\0\0\0\0\0\0' | repeated lengths $((5 * 4096))
  local shard=0 first=0 n i file
  while ((first < $2)); do
    n=$(($2 - first < 4096 ? $2 - first : 4096))
    file=$1-$(printf %05d "$shard").safetensors
    awk -v n="$n" -v first="$first" -v id="$4" -v name="$3" -v tokens="$tokens" -v d="$encoder" -v words="$pieces" '
      function tensor(key, type, bytes, shape) {
        printf ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%.0f,%.0f]}", key, type, shape, at, at + bytes
        at += bytes
      }
      BEGIN {
        printf "{\"__metadata__\":{\"mgan_features\":\"1\",\"examples\":\"["
        for (i = first; i < first + n; ++i) {
          printf "%s{\\\"name\\\":\\\"COCO_%012d.jpg\\\",\\\"id\\\":%d,\\\"side\\\":224,\\\"captions\\\":[", (i > first ? "," : ""), id + i, id + i
          for (c = 0; c < 5; ++c) printf "%s\\\"a dog %d in %s\\\"", (c ? "," : ""), (5 * i + c) % 50, name
          printf "]}"
        }
        printf "]\"}"
        tensor("grid.counts", "I64", 8 * n, n); tensor("given.counts", "I64", 8 * n, n)
        tensor("caption_lengths", "I64", 40 * n, 5 * n)
        tensor("tokens", "F32", 4 * n * tokens * d, n "," tokens "," d)
        tensor("grid.boxes", "F32", 16 * n, n ",4"); tensor("grid.features", "F32", 4 * n * d, n "," d)
        tensor("given.boxes", "F32", 0, "0,4"); tensor("given.features", "F32", 0, "0," d)
        tensor("before_last", "F32", 20 * n * words * d, 5 * n * words "," d)
        tensor("last", "F32", 20 * n * words * d, 5 * n * words "," d)
        printf "}"
      }' >header
    while (($(stat -c %s header) % 8)); do printf ' ' >>header; done
    i=$(stat -c %s header)
    {
      # shellcheck disable=SC2059
      printf "$(printf '\\x%02x\\x%02x\\x%02x\\x00\\x00\\x00\\x00\\x00' $((i % 256)) $((i / 256 % 256)) $((i / 65536)))"
      cat header
      head -c $((8 * n)) ones
      head -c $((8 * n)) zeros
      head -c $((40 * n)) lengths
    } >"cache/$file"
    longer "cache/$file" "$((8 + i + 56 * n + 4 * n * tokens * encoder + 16 * n + 4 * n * encoder + 40 * n * pieces * encoder))"
    touch -d @1700000000 "cache/$file"
    printf '%s{"file":"%s","sha256":"-","images":%d,"captions":%d}' "$( ((shard)) && echo ,)" "$file" "$n" $((5 * n))
    shard=$((shard + 1)) first=$((first + n))
  done
  rm -f ones zeros lengths header
}
{
  echo '{"mgan_feature_cache": 1, "finished": true, "plan": {"vision": {"folder": "clip", "sha256": "v", "image_size": 224,
    "patch_size": 32, "width": 768}, "text": {"folder": "bert", "sha256": "t", "width": 768, "max_words": 32},
    "preprocessing": "squash", "regions": "grid", "grid": 1, "data": "coco", "boxes": "", "dtype": "fp32", "shard_images": 4096},
    "splits": ['
  echo "{\"name\":\"train\",\"content\":\"\",\"images\":$images,\"captions\":$((5 * images)),\"truncated\":0,\"shards\":["
  shards train "$images" train 0
  echo ']},{"name":"val","content":"","images":50,"captions":250,"truncated":0,"shards":['
  shards val 50 dev 200000
  echo ']}]}'
} >cache/manifest.json
# What `mgan extract` writes beside the shards, so that they are not all read at the first start: size and time of change,
# counted from 2174 in nanoseconds, as std::filesystem does.
for file in cache/*.safetensors; do
  printf '%s"%s":{"stamp":"%s|%s","sha256":"-"}' "${comma:-{}" "${file#cache/}" "$(stat -c %s "$file")" "$(((1700000000 - 6437664000) * 1000000000))"
  comma=,
done >cache/.mgan-checked.json
echo '}' >>cache/.mgan-checked.json

apparent=$(stat -c %s coco_precomp/* cache/* | awk '{ sum += $1 } END { printf "%.0f", sum }')
((apparent > 90000000000)) || fail "$apparent bytes"
(($(du -sk . | cut -f1) < 300000)) || exit 77  # a file system without holes

# steps_under LIMIT OPTION...: 20 steps with so many kB of memory; `most` is what they took, measured twice: RLIMIT_DATA counts writable
# private memory, touched or not, RssAnon what was touched. Neither counts mapped files.
steps_under() {
  local limit=$1
  shift
  rm -rf run
  train_command --batch 128 --epochs 1 --epoch-steps 20 --warmup-epochs 1 --width 64 "$@" -o run
  (ulimit -d "$limit" && exec "${command[@]}") >out.txt 2>err.txt &
  local pid=$! anonymous
  most=0
  while kill -0 "$pid" 2>/dev/null; do
    anonymous=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null) || true
    [ "${anonymous:-0}" -le "$most" ] || most=$anonymous
    sleep 0.1
  done
  wait "$pid" || fail "$(cat err.txt)"
  [ "$(grep -c '"loss"' run/log.jsonl)" -eq 20 ] || fail "$(grep -c '"loss"' run/log.jsonl) steps"
  ((most > 10000 && most < limit)) || fail "$most kB of anonymous memory"
  echo "$apparent bytes of files, 20 steps ($*): at most $((most / 1000)) MB of anonymous memory; $(tail -1 out.txt)"
}
steps_under 3000000 --data coco_precomp --cache cache --preset mgan-small --standardize none --loaders 2
three=$most
# The limit is one: with a tenth of the memory that was taken, the same run ends.
{ (ulimit -c 0 -d "$((three / 10))" && exec "${command[@]}") >out.txt 2>err.txt; } 2>/dev/null && fail "the limit does not hold"
steps_under 2000000 --data coco_precomp  # regions alone, words from a text encoder of its own
exit 0
