# Example 05: region features in SCAN's layout from photographs and a ViT. `mgan train` takes what it writes.
source "$MGAN_SOURCE/tests/program/lib.bash"

make=$(dirname "$MGAN")/05_torch_photographs_to_regions
[ -x "$make" ] || exit 77
tiny_encoders clip bert
# 24 pictures with 5 captions each, 16 to train and 8 to validate, 16 x 16 pixels.
mkdir -p photos/images
{
  printf '{"images":['
  for i in $(seq 0 23); do
    base64 -d >"photos/images/p$i.png" <<<"$png"
    split=train
    [ "$i" -lt 16 ] || split=val
    printf '%s{"filename":"p%d.png","imgid":%d,"split":"%s","sentences":[' "$([ "$i" -eq 0 ] || echo ,)" "$i" $((i + 1000)) "$split"
    for c in 0 1 2 3 4; do
      printf '%s{"raw":"A small circle %d, %d.","sentid":%d}' "$([ "$c" -eq 0 ] || echo ,)" "$i" "$c" $((5 * i + c))
    done
    printf ']}'
  done
  printf ']}'
} >photos/dataset.json
echo '{"image_size": [16, 16], "boxes": {"p0.png": [[1, 2, 5, 9], [0, 0, 16, 8]]}}' >boxes.json

"$make" photos/dataset.json clip precomp >out.txt 2>err.txt || fail "$(cat err.txt)"
grep -q '^train: 16 images, 16 rows of 36 regions of width 2048$' out.txt || fail "$(cat out.txt)"
grep -q '^dev: 8 images, 40 rows of 36 regions of width 2048$' out.txt || fail "$(cat out.txt)"
[ "$(wc -l <precomp/train_ids.txt) $(wc -l <precomp/dev_ids.txt) $(wc -l <precomp/dev_caps.txt)" = "16 40 40" ] || fail "lines"
[ "$(stat -c %s precomp/train_ims.npy)" -eq $((128 + 4 * 16 * 36 * 2048)) ] || fail "$(stat -c %s precomp/train_ims.npy) bytes"
grep -q '"1000": "p0.png"' precomp/id_mapping.json || fail "$(cat precomp/id_mapping.json)"
[ -z "$(find precomp -name '*.mgan-tmp')" ] || fail "a temporary file is left"
# The first box of p0 (1000) without a file is the whole picture, with one the first of the file. Bytes 128 and on: x1 y1 x2 y2.
corners() { od -An -v -tf4 -j128 -N"$2" "$1" | tr -s ' \n' ' '; }
[ "$(corners precomp/train_boxes.npy 16)" = " 0 0 16 16 " ] || fail "$(corners precomp/train_boxes.npy 16)"
"$make" photos/dataset.json clip boxed boxes.json >out.txt 2>err.txt || fail "$(cat err.txt)"
[ "$(corners boxed/train_boxes.npy 48)" = " 1 2 5 9 0 0 16 8 0 0 16 16 " ] || fail "$(corners boxed/train_boxes.npy 48)"

# The same again changes nothing; killed at a step of writing, the same command goes on.
before=$(cat precomp/* | sha256sum)
"$make" photos/dataset.json clip precomp >out.txt 2>err.txt || fail "$(cat err.txt)"
grep -q 'train_ims.npy: is there already' out.txt || fail "$(cat out.txt)"
[ "$(cat precomp/* | sha256sum)" = "$before" ] || fail "what was there changed"
# Other boxes, another ViT or another data set would keep these features: refused, and nothing is touched.
tiny_encoders other_clip other_bert 7
sed 's/small circle/large circle/' photos/dataset.json >photos/large.json
refuses 'precomp/made_of.json: this folder was begun with another boxes.json' "$make" photos/dataset.json clip precomp boxes.json
refuses 'begun with another boxes.json' "$make" photos/dataset.json clip boxed
refuses 'begun with another VIT' "$make" photos/dataset.json other_clip precomp
refuses 'begun with another dataset.json' "$make" photos/large.json clip precomp
[ "$(cat precomp/* | sha256sum)" = "$before" ] || fail "a refused command changed what was there"
cp -r clip moved_clip
"$make" photos/dataset.json moved_clip precomp >out.txt 2>err.txt || fail "the same ViT elsewhere: $(cat err.txt)"
cp -r precomp nameless && rm nameless/made_of.json
refuses 'nameless/made_of.json: is missing' "$make" photos/dataset.json clip nameless
refuses 'no_vit: is no folder' "$make" photos/dataset.json no_vit precomp
kill_shim
for step in 3 30 60; do
  rm -rf killed
  code=0
  killed_at "$step" "$PWD/killed" "$make" photos/dataset.json clip killed >out.txt 2>err.txt || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  "$make" photos/dataset.json clip killed >out.txt 2>err.txt || fail "$(cat err.txt)"
  rm -f killed/*.mgan-tmp
  diff -r precomp killed || fail "step $step: other files"
done
sed 's/"val"/"train"/g' photos/dataset.json >photos/no_val.json
refuses 'no images of split val' "$make" photos/no_val.json clip none
[ ! -e none ] || fail "a folder of nothing"

# Three sources: these regions, the encoders' patches and words.
"$MGAN" extract --quiet --vision clip --text bert --data photos/dataset.json -o cache >out.txt
"$MGAN" train --quiet --data boxed --cache cache --preset mgan-small --tuned-layers 1 --batch 8 --epochs 1 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2 \
  -o run >out.txt 2>err.txt || fail "train: $(cat err.txt)"
! grep -q warning err.txt || fail "$(cat err.txt)"
"$MGAN" evaluate run/best.safetensors >out.txt || fail "evaluate"
grep -q 'val, 8 images x 40 captions' out.txt || fail "$(head -1 out.txt)"
