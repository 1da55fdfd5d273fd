# Three sources joined by image id: a detector's regions in SCAN's layout, patches and words of published encoders.
source "$MGAN_SOURCE/tests/program/lib.bash"

tiny_encoders clip bert
# pictures FOLDER IMAGES...: 24 pictures with 5 captions each, 16 to train, 8 to validate; data.json names these images.
pictures() {
  local folder=$1 i c split comma=
  shift
  mkdir -p "$folder"
  {
    printf '{"images":['
    for i in "$@"; do
      base64 -d >"$folder/p$i.png" <<<"$png"
      split=train
      [ "$i" -lt 16 ] || split=val
      printf '%s{"filename":"p%d.png","imgid":%d,"split":"%s","sentences":[' "$comma" "$i" $((i + 1000)) "$split"
      for c in 0 1 2 3 4; do
        printf '%s{"raw":"A small circle %d, %d.","sentid":%d}' "$([ "$c" -eq 0 ] || echo ,)" "$i" "$c" $((5 * i + c))
      done
      printf ']}'
      comma=,
    done
    printf ']}'
  } >"$folder/data.json"
}
# The order of the features is not that of the pictures; ids are Karpathy's.
features() {
  local i c order=("${@:3}")
  scan_split "$1" "$2" "${#order[@]}" 1
  : >"$1/$2_caps.txt"
  : >"$1/$2_ids.txt"
  for i in "${order[@]}"; do
    echo $((i + 1000)) >>"$1/$2_ids.txt"
    for c in 0 1 2 3 4; do echo "a small circle $i $c" >>"$1/$2_caps.txt"; done
  done
}
pictures photos $(seq 0 23)
mkdir precomp
features precomp train 3 1 2 0 4 5 6 7 8 9 10 11 12 13 15 14
features precomp dev 17 16 18 19 20 21 22 23
extract() { "$MGAN" extract --quiet --vision clip --text bert --data "$1/data.json" -o "$2" >out.txt; }
extract photos cache

options=(--batch 8 --epochs 2 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2)
join() { "$MGAN" train --quiet --data precomp --cache cache "${options[@]}" "$@"; }
for tuned in 0 1; do
  join --preset mgan-small --tuned-layers $tuned -o mgan >out.txt 2>err.txt || fail "$tuned tuned layers: $(cat err.txt)"
  ! grep -q warning err.txt || fail "$(cat err.txt)"
  for loaders in 0 3; do  # none: the bits are those of any number
    join --preset mgan-small --tuned-layers $tuned --loaders "$loaders" -o again >out.txt
    same_run mgan again
  done
done
"$MGAN" evaluate mgan/best.safetensors >out.txt || fail "evaluate"
grep -q 'val, 8 images x 40 captions' out.txt || fail "not all of validation: $(head -1 out.txt)"
for name in region global patch; do grep -q "$name" out.txt || fail "no scores of $name: $(cat out.txt)"; done
refuses 'has pictures, but the model takes region features' "$MGAN" evaluate mgan/best.safetensors --data photos/data.json
"$MGAN" train --quiet --data precomp "${options[@]}" --min-count 1 -o regions >out.txt 2>err.txt ||
  fail "the regions alone: $(cat err.txt)"

# Words from a cache of another text encoder.
tiny_encoders clip2 bert2 7
"$MGAN" extract --quiet --vision clip2 --text bert2 --data photos/data.json -o other >out.txt
join --preset mgan-small --tuned-layers 1 --word-cache other -o words >out.txt 2>err.txt || fail "--word-cache: $(cat err.txt)"
! cmp -s words/best.safetensors mgan/best.safetensors || fail "--word-cache changes nothing"

# Images that one side lacks.
pictures fewer $(seq 0 22 | grep -v '^5$')
extract fewer gaps
gaps() { "$MGAN" train --quiet --data precomp --cache gaps "${options[@]}" --preset mgan-small -o gaps-run "$@"; }
refuses "1 of 16 images of precomp are not in gaps \(first '1005'\), joined by id; --missing skip" gaps
gaps --missing skip >out.txt 2>err.txt || fail "--missing skip: $(cat err.txt)"
grep -q "warning: train: 1 of 16 images of precomp are not in gaps (first '1005'), joined by id; left out" err.txt || fail "$(cat err.txt)"
grep -q "warning: val: 1 of 8 images of precomp are not in gaps (first '1023'), joined by id; left out" err.txt || fail "$(cat err.txt)"

# Other images under the same ids; ways to join that find nothing.
cp -r precomp shifted
sed -i 's/circle/square/' shifted/train_caps.txt
refuses 'joined by id: 16 of 16 images have no caption in common .*these are other images' \
  "$MGAN" train --quiet --data shifted --cache cache "${options[@]}" --preset mgan-small -o x
refuses 'precomp and cache: not one image in common by stem' join --join-by stem --preset mgan-small -o x
refuses "--join-by is 'colour', expected any, name, file" join --join-by colour --preset mgan-small -o x
refuses "--cache cache: --data scenes has no region features" "$MGAN" train --quiet --data scenes --cache cache --preset mgan-small -o x
refuses "--word-cache other: the patches are no cache's" "$MGAN" train --quiet --data scenes --vision clip --text bert --word-cache other --preset mgan-small -o x
"$MGAN" train --quiet --data cache --word-cache other "${options[@]}" --preset mgan-small --tuned-layers 1 -o other-words >out.txt || fail "words of another cache"
"$MGAN" evaluate other-words/best.safetensors >out.txt || fail "words of another cache"
