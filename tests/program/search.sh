# index and search: what is found, what a score is made of, files that are whole or refused.
source "$MGAN_SOURCE/tests/program/lib.bash"

train -o run >out.txt
index() { "$MGAN" index --quiet --checkpoint run/best.safetensors "$@"; }
search() { "$MGAN" search "$@" 2>err.txt; }
fields() { grep -oE "\"$1\": [-0-9.e]+" "$2" | sed 's/.*: //'; }

# The validation scenes: every one is found by its own ranking, and the parts add up to the score.
index -o scenes | grep -q '16 images (scenes, split val), 1 shards, 0 of them there already' || fail "index of scenes"
search scenes 'a red circle' -k 16 --format json -o all.json
[ "$(grep -c '"rank": ' all.json)" -eq 16 ] || fail "16 results expected"
[ "$(grep -oE '"image": "[^"]*"' all.json | sort -u | wc -l)" -eq 16 ] || fail "an image twice"
awk '/"weighted": / { sum += $2 } /^     "score": / { d = sum - $2; if (d < 0) d = -d
  if (d > 1e-5 || n++ && $2 > last) exit 1; last = $2; sum = 0 } END { if (n != 16) exit 1 }' <(tr -d , <all.json) ||
  fail "parts do not add up to the score, or the scores do not fall"

# What a score is made of sums to one: patches, words, boxes.
! command -v python3 >/dev/null || python3 - <<'PY' || fail "explanations"
import json
for r in json.load(open("all.json"))["queries"][0]["results"]:
    m, g = r["made_of"], r["granularities"]
    for rows in (m["patches"], m["words"], m["view"]["boxes"]):
        assert abs(sum(x["weight"] for x in rows) - 1) < 1e-5, rows
    assert len(m["patches"]) == 2 and [w["word"] for w in m["words"]] == ["a", "red", "circle"]
    assert abs(m["view"]["cosine"] - g["region"]["score"]) < 1e-5
    assert sorted(p["row"] * m["grid"] + p["column"] for p in m["patches"]) == [p["row"] * m["grid"] + p["column"] for p in m["patches"]]
PY

# Shards do not change what is found; neither does a second run, which keeps what is there.
index --shard 16 -o again >out.txt
"$MGAN" search again 'a red circle' -k 16 --format json 2>/dev/null | grep -v _ms >again.json
grep -v _ms all.json | cmp - again.json || fail "another index of the same scenes finds others"
index -o again --replace >out.txt && index -o again | grep -q '1 shards, 1 of them there already' || fail "a finished shard was made again"
refuses "again: holds an index of another checkpoint, of other images or of other options; --replace" \
  "$MGAN" index --quiet --checkpoint run/best.safetensors --shard 16 -o again

# A folder of photographs, with files that are none.
photographs folder
mkdir -p folder/below
mv folder/3.png folder/below/three.PNG
head -c 60 folder/4.png >folder/cut.png
echo text >folder/notes.txt
index --images folder --shard 16 -o photos >out.txt 2>err.txt
grep -q 'photos: 12 images' out.txt || fail "$(cat out.txt)"
grep -q 'warning: .*cut.png: not a readable PNG.*left out' err.txt || fail "no warning of a broken picture: $(cat err.txt)"
returns 2 "$MGAN" index --quiet --checkpoint run/best.safetensors --images folder --broken fatal -o fatal
grep -q '^mgan: folder/cut.png: not a readable PNG' err.txt || fail "$(cat err.txt)"
search photos 'a red board' -k 3 >found.txt
grep -qE '^   1 .*folder/.*png$' found.txt || fail "no path of a file: $(cat found.txt)"
[ "$(grep -cE '^ +[0-9]+ ' found.txt)" -eq 3 ] || fail "3 results expected: $(cat found.txt)"


# A file that is replaced in place is noticed: by search, and by index, which encodes it anew.
search photos 'a red board' -k 3 >out.txt && ! grep -q changed err.txt || fail "a change where there is none: $(cat err.txt)"
cp folder/5.png five.png
cp folder/below/three.PNG folder/5.png && truncate -s +1 folder/5.png
search photos 'a red board' -k 3 >out.txt
grep -q "warning: photos: 1 pictures have changed since they were indexed and 0 are gone, of 12, first '5.png'" err.txt ||
  fail "a picture that changed: $(cat err.txt)"
cp five.png folder/5.png
photographs set
echo '{"image_size": [16, 16], "boxes": {"8.png": [[0, 0, 8, 8]], "9.png": [[0, 0, 9, 9]]}}' >set/boxes.json
of_set() { index --data set/data.json --images set --boxes set/boxes.json "$@"; }
of_set -o set_index | grep -q '0 of them there already' || fail "an index of a data set"
search set_index 'a red board' >out.txt && ! grep -q changed err.txt || fail "a change where there is none: $(cat err.txt)"
touch -d '2001-01-01' set/8.png
search set_index 'a red board' >out.txt
grep -q "1 pictures have changed since .*, of 2, first '8.png'" err.txt || fail "a picture of a data set that changed: $(cat err.txt)"
refuses 'set_index: holds an index of another checkpoint, of other images' of_set -o set_index
of_set --replace -o set_index | grep -q '0 of them there already' || fail "a picture that changed was not encoded anew"
sed -i 's/0, 0, 8, 8/0, 0, 8, 9/' set/boxes.json
search set_index 'a red board' >out.txt
grep -q "the boxes in .*set/boxes.json have changed since" err.txt || fail "boxes that changed: $(cat err.txt)"
of_set --replace -o set_index | grep -q '0 of them there already' || fail "boxes that changed were not read anew"
mkdir strange && cp folder/0.png $'strange/\e[31m.png'
index --images strange -o strange_index >out.txt
search strange_index 'a red board' >out.txt
grep -q 'strange/\\x1B\[31m.png' out.txt && ! grep -q $'\e' out.txt || fail "an escape sequence reaches the terminal"

# By picture: a picture of the index is the first that it finds, with every score 1.
search scenes --picture folder/0.png -k 1 >picture.txt
search photos --picture folder/below/three.PNG -k 12 --format json -o picture.json
[ "$(fields score picture.json | head -3 | awk '$1 < 0.99999 || $1 > 1.00001' | wc -l)" -eq 0 ] || fail "a picture is not like itself"

# Sentences: words nobody knows, too many words, several at once.
search scenes 'a zebra' 'a red circle' --picture folder/0.png -k 2 >several.txt
grep -q "the model does not know 'zebra'" several.txt || fail "an unknown word is not named"
[ "$(grep -c 'images scored in' several.txt)" -eq 3 ] || fail "three answers expected"
long=$(printf 'word%.0s ' $(seq 40))
search scenes "$long" -k 1 >long.txt
grep -q 'a sentence of 40 words is cut to the 32 that the model takes' long.txt || fail "$(cat long.txt)"
refuses "the query '...' has no words" "$MGAN" search scenes ...
refuses "nothing to search for" "$MGAN" search scenes
refuses "the query 'a caf\\\\xE9': byte 5 is not UTF-8" "$MGAN" search scenes $'a caf\xe9'
search scenes $'a red \u201ccircle\u201d\u2014here' -k 1 >quotes.txt
grep -q "does not know 'here'" quotes.txt && ! grep -q "does not know '.*circle" quotes.txt || fail "typographic quotes: $(cat quotes.txt)"

# The page: one file, nothing fetched, no script, every picture once.
search scenes 'a red circle & <b>' --picture folder/0.png -k 4 --format html -o page.html
grep -q 'a red circle &amp; &lt;b&gt;' page.html || fail "the query is not escaped"
! grep -qE '<script|https?://|url\(|@import' page.html || fail "the page fetches something"
[ "$(grep -o 'id="p[0-9]*"' page.html | sort | uniq -d | wc -l)" -eq 0 ] || fail "a picture twice"
for used in $(grep -o 'href="#p[0-9]*"' page.html | sort -u | grep -o 'p[0-9]*'); do
  grep -q "id=\"$used\"" page.html || fail "no picture $used"
done

# Refusals.
refuses 'nosuch: no such index' "$MGAN" search nosuch 'a circle'
refuses 'run: not an index' "$MGAN" search run 'a circle'
refuses 'nosuch: no such folder' "$MGAN" index --quiet --checkpoint run/best.safetensors --images nosuch -o x
mkdir empty
refuses 'empty: no files' "$MGAN" index --quiet --checkpoint run/best.safetensors --images empty -o x
refuses 'folder/cut.png: ' "$MGAN" search scenes --picture folder/cut.png
cp -r scenes unfinished && rm unfinished/index.json
refuses 'unfinished: an unfinished index' "$MGAN" search unfinished 'a circle'
cp -r scenes flipped
printf '\xff' | dd of=flipped/shard-00000.safetensors bs=1 seek=9000 conv=notrunc 2>/dev/null
refuses 'flipped/shard-00000.safetensors: damaged: checksum' "$MGAN" search flipped 'a circle'
truncate -s -8 flipped/shard-00000.safetensors
refuses 'flipped/shard-00000.safetensors: damaged: .* bytes' "$MGAN" search flipped 'a circle'
sed -i 's/"mgan_index": 1/"mgan_index": 9/' flipped/index.json
refuses 'flipped/index.json: an index of version 9, expected 1' "$MGAN" search flipped 'a circle'
mv run/best.safetensors best.safetensors
refuses 'scenes: was made with .*run/best.safetensors, which is gone; --checkpoint' "$MGAN" search scenes 'a circle'
"$MGAN" search scenes 'a circle' --checkpoint best.safetensors >out.txt 2>&1 || fail "a checkpoint that moved"
train --seed 2 -o run >out.txt
refuses 'scenes: was made with another checkpoint than .*run/best.safetensors is now' "$MGAN" search scenes 'a circle'
refuses 'scenes: holds an index of another checkpoint' index -o scenes
index --replace -o scenes >out.txt
search scenes 'a circle' >out.txt || fail "an index that was made anew"

# Modules without explanations or a fused sweep work as well, and a granularity may be left out.
train --patch-alignment scan-t2i --region-alignment none -o other >out.txt
"$MGAN" index --quiet --checkpoint other/best.safetensors -o others >out.txt
search others 'a red circle' -k 2 --format html -o other.html
search others 'a red circle' -k 2 | grep -q 'region' && fail "a granularity that was left out is printed" || true
