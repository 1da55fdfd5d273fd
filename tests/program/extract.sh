# Tiny random encoders: a cache is made, killed, damaged, refused and trained on; its scores are those of the raw data.
source "$MGAN_SOURCE/tests/program/lib.bash"

tiny_encoders clip bert
scenes=(--train-scenes 40 --validation-scenes 16)
vision=clip
extract() { "$MGAN" extract --quiet --data scenes --boxes annotated "${scenes[@]}" --shard-images 16 --vision "$vision" --text bert "$@"; }
same_cache() {
  diff -r -x '.mgan*' -x '*lock*' "$1" "$2" >diff.txt || fail "$1 and $2 differ: $(head -3 diff.txt)"
}

extract -o cache >out.txt
"$MGAN" extract --check cache >out.txt || fail "a new cache is not as it was written"
extract -o again >out.txt
same_cache cache again
before=$(stat -c %Y.%i cache/train-00000.safetensors)
extract -o cache >out.txt
[ "$before" = "$(stat -c %Y.%i cache/train-00000.safetensors)" ] || fail "a whole cache was made again"

# Damage is named, and repaired by the command that made the cache.
printf 'x' | dd of=again/train-00001.safetensors bs=1 seek=5000 conv=notrunc status=none
refuses 'train-00001.safetensors: damaged' "$MGAN" extract --check again
extract -o again >out.txt 2>err.txt
grep -q 'train-00001.safetensors: damaged.*again' err.txt || fail "the damaged shard was not named"
same_cache cache again

# Killed at steps of writing, the same command goes on.
kill_shim
for step in 2 5 9 14 20 27 35; do
  rm -rf killed
  code=0
  killed_at "$step" "$PWD/killed" "$MGAN" extract --quiet --data scenes --boxes annotated "${scenes[@]}" --shard-images 16 \
    --vision clip --text bert -o killed >out.txt 2>err.txt || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  [ "$code" -eq 0 ] || [ ! -e killed/manifest.json ] || refuses 'not finished' "$MGAN" extract --check killed
  extract -o killed >out.txt
  same_cache cache killed
done

# Stale and foreign caches.
tiny_encoders other-clip other-bert 5
vision=other-clip refuses 'cache of something else .*vision/sha256' extract -o cache
refuses 'cache of something else .*dtype' extract -o cache --dtype bf16
refuses 'made of other images' "$MGAN" extract --quiet --data scenes --boxes annotated --train-scenes 41 --shard-images 16 \
  --vision clip --text bert -o cache
mkdir elsewhere && cp -r clip bert elsewhere/
vision=elsewhere/clip extract -o cache >out.txt # the same weights in another place are the same encoder
sed 's/"mgan_feature_cache": 1/"mgan_feature_cache": 7/' cache/manifest.json >again/manifest.json
refuses 'version 7, expected 1' "$MGAN" extract --check again

# Training, with both encoders frozen and with the last layer of BERT tuned.
tiny_run() {
  "$MGAN" train --quiet --data cache --boxes "$boxes" --epochs 2 --batch 16 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2 \
    "${scenes[@]}" "$@"
}
for tuned in 0 1; do
  for boxes in grid both; do
    tiny_run --preset mgan-small --tuned-layers $tuned -o run >out.txt
    # Scores of the cache and of the raw data: bit for bit, in batches of one shape.
    "$MGAN" evaluate run/best.safetensors --write-scores cached.npy -o cached.json >out.txt
    "$MGAN" evaluate run/best.safetensors --data scenes --write-scores raw.npy -o raw.json >out.txt
    cmp cached.npy raw.npy || fail "$tuned tuned layers, $boxes: scores of the cache and of the raw data differ"
    mv run "tuned$tuned-$boxes"
  done
done
! cmp -s tuned0-grid/best.safetensors tuned1-grid/best.safetensors || fail "a tuned layer changes nothing"

# Killed and resumed: the same bits.
boxes=grid
tiny_run --preset mgan-small --tuned-layers 1 --checkpoint-every 1 -o whole-run >out.txt
for step in 8 25; do
  rm -rf killed-run
  code=0
  killed_at "$step" "$PWD/killed-run" "$MGAN" train --quiet --data cache --boxes grid --epochs 2 --batch 16 --warmup-epochs 1 \
    --warmup-steps 0 --width 32 -k 2 "${scenes[@]}" --preset mgan-small --tuned-layers 1 --checkpoint-every 1 -o killed-run >out.txt 2>err.txt || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  tiny_run --preset mgan-small --tuned-layers 1 --checkpoint-every 1 --resume -o killed-run >out.txt
  same_run whole-run killed-run
done

# bf16 and fp16: half the size, said in a warning. What fp16 cannot hold is refused, and bf16 holds it.
"$MGAN" evaluate tuned1-grid/best.safetensors --write-scores whole.npy >out.txt
for type in bf16 fp16; do
  extract -o "half-$type" --dtype "$type" >out.txt
  "$MGAN" extract --check "half-$type" >out.txt || fail "$type: not as it was written"
  (($(du -bs "half-$type" | cut -f1) * 3 < $(du -bs cache | cut -f1) * 2)) || fail "$type is not smaller"
  "$MGAN" evaluate tuned1-grid/best.safetensors --data "half-$type" --write-scores "$type.npy" >out.txt 2>err.txt
  grep -q "rounded to $type" err.txt || fail "no word about $type"
  ! cmp -s "$type.npy" whole.npy || fail "$type changes nothing"
done

# Products in bf16: features that differ a little, in single precision, and a cache of its own kind.
extract -o products --precision bf16 >out.txt
"$MGAN" extract --check products >out.txt || fail "bf16 products: not as it was written"
grep -q '"precision": "bf16"' products/manifest.json || fail "the manifest does not say that products are in bf16"
grep -q '"precision"' cache/manifest.json && fail "a manifest of fp32 has another form than before"
refuses 'cache of something else .*precision' extract -o products
refuses 'cache of something else .*precision' extract -o cache --precision bf16
"$MGAN" evaluate tuned1-grid/best.safetensors --data products --write-scores products.npy >out.txt
! cmp -s products.npy whole.npy || fail "bf16 products have the bits of fp32"

mkdir loud && cp clip/config.json loud/
LC_ALL=C tr '\074\075\274\275' '\107\107\307\307' <clip/model.safetensors >loud/model.safetensors # 2^11 and more times the weights
vision=loud refuses "images '.*' to '.*': a feature of [0-9.e+]*, where fp16 ends at 65504; bf16 goes further" extract --dtype fp16 -o loud-cache
vision=loud extract --dtype bf16 -o loud-cache >out.txt
sed 's/"dtype": "fp16"/"dtype": "fp8"/' half-fp16/manifest.json >half-bf16/manifest.json
refuses 'manifest.json: dtype is fp8, expected fp32, fp16 or bf16' "$MGAN" extract --check half-bf16
"$MGAN" extract --quiet --data scenes "${scenes[@]}" --vision other-clip --text bert -o foreign >out.txt
refuses 'made by another image encoder' "$MGAN" evaluate tuned1-grid/best.safetensors --data foreign
"$MGAN" extract --quiet --data scenes --boxes grid "${scenes[@]}" --vision clip --text bert -o tiles >out.txt
refuses 'no annotated boxes' "$MGAN" train --quiet --data tiles --boxes annotated --preset mgan-small -o x
for preset in mgan-small mgan mgan-star; do
  refuses 'trains on published encoders' "$MGAN" train --quiet --data scenes --preset $preset -o x
done

# The crop of the encoder: patches and boxes of the page lie on the middle of a picture twice as wide as high.
extract --fit crop -o cropped >out.txt
"$MGAN" train --quiet --data cropped --boxes grid --epochs 1 --batch 16 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2 \
  --preset mgan-small -o cropped-run >out.txt
mkdir wide
wide_png=iVBORw0KGgoAAAANSUhEUgAAADAAAAAYCAIAAAAzn+mLAAAALElEQVR42u3OAQkAAAgDsMd5/xTGsobgYAGWaU+JkJCQkJCQkJCQkJDQr9AC46DsPWuXPdQAAAAASUVORK5CYII= # 48 x 24, red
base64 -d >wide/wide.png <<<"$wide_png"
"$MGAN" index --quiet --checkpoint cropped-run/best.safetensors --images wide -o wide-index >out.txt
"$MGAN" search wide-index 'a red circle' -k 1 --format json -o wide.json 2>err.txt
tr -d ' \n' <wide.json >flat.json
grep -q '"seen":\[0.25,0.0,0.75,1.0\]' flat.json || fail "what the encoder sees of a wide picture: $(grep -o '"seen":[^]]*' flat.json)"
grep -oE '"box":\[[^]]*' flat.json | tr '[' ',' | awk -F, '$2 < 0.25 || $4 > 0.75 { exit 1 } END { if (NR != 10) exit 1 }' ||
  fail "boxes outside of what the encoder sees: $(grep -oE '"box":\[[^]]*' flat.json)"
"$MGAN" search wide-index 'a red circle' -k 1 --format html -o wide.html 2>err.txt
grep -q 'and so is what the encoder does not see' wide.html || fail "the page does not say what was cropped"
"$MGAN" index --quiet --checkpoint tuned1-grid/best.safetensors --images wide -o squashed-index >out.txt
"$MGAN" search squashed-index 'a red circle' -k 1 --format json 2>err.txt | tr -d ' \n' >flat.json
grep -q '"seen":\[0.0,0.0,1.0,1.0\]' flat.json || fail "a squashed picture is seen as a whole"

# A model on annotated boxes and the grid is indexed from the raw data, with the regions of its training.
"$MGAN" index --quiet --checkpoint tuned1-both/best.safetensors -o both-index >out.txt
"$MGAN" search both-index 'a red circle' -k 1 --format json 2>err.txt | tr -d ' \n' >flat.json
[ "$(grep -o '"box":' flat.json | wc -l)" -gt 10 ] || fail "no annotated boxes beside the grid: $(cat flat.json)"
"$MGAN" index --quiet --checkpoint tuned1-both/best.safetensors --boxes grid -o tile-index >out.txt
"$MGAN" search tile-index 'a red circle' -k 1 --format json 2>err.txt | tr -d ' \n' >flat.json
[ "$(grep -o '"box":' flat.json | wc -l)" -eq 10 ] || fail "not the grid alone: $(cat flat.json)"
