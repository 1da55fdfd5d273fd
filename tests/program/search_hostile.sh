# Index files that somebody made on purpose: a tensor of another type or shape, an index that leads out of its axis, are
# refused by the name of file and tensor, whatever the checksums say.
source "$MGAN_SOURCE/tests/program/lib.bash"
command -v python3 >/dev/null || exit 77

train -o run >out.txt
"$MGAN" index --quiet --checkpoint run/best.safetensors -o good >out.txt

# crafted NAME DTYPE SHAPE NUMBERS: bad/ is good/ with this tensor in place of its own. NUMBERS is a Python list, which is
# repeated to the tensor's size; the manifest has the new file's size.
crafted() {
  rm -rf bad
  cp -r good bad
  python3 - "$@" <<'PY'
import json, struct, sys
name, dtype, shape, numbers = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), eval(sys.argv[4])
path = "bad/shard-00000.safetensors"
data = open(path, "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header, body = json.loads(data[8:8 + length]), data[8 + length:]
code = {"I64": "q", "F32": "f", "U8": "B", "I32": "i", "F64": "d"}[dtype]
count = 1
for axis in shape: count *= axis
new = struct.pack("<%d%s" % (count, code), *(numbers * (count // len(numbers) + 1))[:count])
out, at = b"", 0
entries = sorted(((e["data_offsets"], n) for n, e in header.items() if n != "__metadata__"))
for (begin, end), n in entries:
    piece = new if n == name else body[begin:end]
    if n == name: header[n].update(dtype=dtype, shape=shape)
    header[n]["data_offsets"] = [at, at + len(piece)]
    at += len(piece)
    out += piece
text = json.dumps(header).encode()
whole = struct.pack("<Q", len(text)) + text + out
open(path, "wb").write(whole)
manifest = json.load(open("bad/index.json"))
manifest["shards"][0]["bytes"] = len(whole)
json.dump(manifest, open("bad/index.json", "w"))
PY
}
is_refused() { # WORDS: in every format
  local format
  for format in html text; do
    refuses "bad/shard-00000.safetensors: does not fit the checkpoint: .*$1" \
      "$MGAN" search bad 'a red circle' --unchecked --format $format -o page
  done
}

crafted thumbnail_ends I64 '[16]' '[0]' # the tool itself: as it was, but for pictures without bytes
"$MGAN" search bad 'a red circle' --unchecked -k 16 >out.txt 2>err.txt || fail "$(cat err.txt)"

crafted patch.kept I64 '[16, 2]' '[-1]' && is_refused "'patch.kept' has -1, expected 0 to 3"
crafted patch.kept I64 '[16, 2]' '[0, 1000000]' && is_refused "'patch.kept' has 1000000, expected 0 to 3"
crafted patch.kept I64 '[16, 1]' '[0]' && is_refused "'patch.kept' is Long \(16, 1\), expected Long \(16, 2\)"
crafted patch.kept F32 '[16, 2]' '[0.0]' && is_refused "'patch.kept' is Float \(16, 2\), expected Long"
crafted patch.kept I64 '[2, 16]' '[0]' && is_refused "'patch.kept' is Long \(2, 16\)"
crafted region_lengths I64 '[16]' '[0]' && is_refused "'region_lengths' has 0, expected 1 to "
crafted region_lengths I64 '[16]' '[1, 99]' && is_refused "'region_lengths' has 99, expected 1 to "
crafted region_lengths I64 '[0]' '[0]' && is_refused "'region_lengths' is Long \(0\), expected Long \(16\)"
crafted region_lengths I32 '[16]' '[1]' && is_refused "'region_lengths' is Int \(16\)"
crafted patch.packed F32 '[1, 0, 32, 16]' '[0.0]' && is_refused "'patch.packed' is Float \(1, 0, 32, 16\), expected Float \(1, 2, 32, 16\)"
crafted patch.packed F32 '[1, 2, 31, 16]' '[0.0]' && is_refused "'patch.packed' is Float \(1, 2, 31, 16\)"
crafted patch.packed F64 '[1, 2, 32, 16]' '[0.0]' && is_refused "'patch.packed' is Double"
crafted boxes F32 '[16, 4, 2]' '[0.5]' && is_refused "'boxes' is Float \(16, 4, 2\), expected Float \(16, 4, 4\)"
crafted boxes F32 '[16, 0, 4]' '[0.5]' && is_refused "no tensor 'boxes' of 16 images and their regions"
crafted boxes F32 '[16, 4]' '[0.5]' && is_refused "no tensor 'boxes'"
crafted global.0 F32 '[16, 31]' '[0.1]' && is_refused "'global.0' is Float \(16, 31\), expected Float \(16, 32\)"
crafted global.0 F32 '[15, 32]' '[0.1]' && is_refused "'global.0' is Float \(15, 32\)"
crafted region.0 F32 '[16]' '[0.1]' && is_refused "'region.0' is Float \(16\), expected Float \(16, "
crafted thumbnail_ends I64 '[16]' '[1000000000]' && is_refused "'thumbnail_ends': 1000000000 follows 0 in "
crafted thumbnail_ends I64 '[16]' '[9, 3]' && is_refused "'thumbnail_ends': 3 follows 9 in "
crafted thumbnail_ends I64 '[15]' '[9]' && is_refused "'thumbnail_ends': is I64 \(15\), expected I64 \(16\)"
crafted thumbnails F32 '[16]' '[0.0]' && is_refused "'thumbnails': is F32 \(16\), expected U8"
crafted global.0 F32 '[16, 32]' '[float("nan")]'
returns 2 "$MGAN" search bad 'a red circle' --unchecked # behind the line that says what was loaded
grep -q 'mgan: the score of image 0 of the index is nan: its stored state is damaged' err.txt || fail "$(cat err.txt)"

# The manifest.
manifest() { # EXPRESSION on m
  rm -rf bad
  cp -r good bad
  python3 -c "import json; m = json.load(open('bad/index.json')); $1; json.dump(m, open('bad/index.json', 'w'))"
}
manifest 'm["images"][3]["width"] = 0' && refuses 'bad/index.json: damaged: .* is 0 x ' "$MGAN" search bad 'a circle'
manifest 'm["images"][3]["height"] = -5' && refuses 'bad/index.json: damaged: .* x -5' "$MGAN" search bad 'a circle'
manifest 'm["shards"][0]["images"] = 17' && refuses 'bad/index.json: damaged: more images in its shards' "$MGAN" search bad 'a circle'
manifest 'm["shards"][0]["images"] = 2 ** 63 - 1' && refuses 'bad/index.json: damaged: more images' "$MGAN" search bad 'a circle'
manifest 'm["shards"] = [m["shards"][0]] * 2' && refuses "bad/index.json: damaged: shards\[1\] is 'shard-00000" "$MGAN" search bad 'a circle'
manifest 'm["images"][0]["name"] = 7' && refuses 'bad/index.json: damaged: ' "$MGAN" search bad 'a circle'
printf '%s' "$(printf '[%.0s' $(seq 2000))" >bad/index.json
refuses 'bad/index.json: malformed JSON: more than 256 arrays' "$MGAN" search bad 'a circle'
