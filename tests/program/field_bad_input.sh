# Bad input of the paper's experiment: refused by name, or resumed; nothing half-written.
source "$MGAN_SOURCE/tests/program/field.bash"

tiny_encoders clip bert
field_f30k
published=(--vision clip --text bert)
files=(--images flickr30k-images --ids id_mapping.json)
extract() { "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" "${published[@]}" "$@"; }
join() { "$MGAN" train --quiet --data f30k_precomp --cache cache --preset mgan "${small[@]}" "$@"; }
one_command() { "$MGAN" train --quiet --data f30k_precomp "${files[@]}" "${published[@]}" --preset mgan "${small[@]}" "$@"; }
nothing() { [ ! -e "$1" ] || [ -z "$(find "$1" -type f)" ] || fail "$1: half-written: $(find "$1" -type f)"; }
# bad FILE EDIT...: a copy of f30k_precomp in which a file was edited.
bad() {
  rm -rf bad_precomp && cp -r f30k_precomp bad_precomp
  "${@:2}" "bad_precomp/$1"
}
extract -o cache >out.txt
join -o run >out.txt

# An id without a picture, a picture without features.
grep -v '"9":' id_mapping.json >fewer.json
refuses "fewer.json: no picture for 1 of 26 images of split train of f30k_precomp \(first the id '9'\); --missing skip" \
  "$MGAN" extract --quiet --data f30k_precomp --images flickr30k-images --ids fewer.json "${published[@]}" -o x
nothing x
"$MGAN" extract --quiet --data f30k_precomp --images flickr30k-images --ids fewer.json "${published[@]}" --missing skip -o gaps >out.txt 2>err.txt ||
  fail "--missing skip: $(cat err.txt)"
grep -q "(first the id '9'); left out" err.txt && grep -q 'train: 25 images, 125 captions' out.txt || fail "$(cat out.txt err.txt)"
refuses "1 of 26 images of f30k_precomp are not in gaps \(first '9'\), joined by name; --missing skip" \
  "$MGAN" train --quiet --data f30k_precomp --cache gaps --preset mgan "${small[@]}" -o x
rm -rf less_precomp && mkdir less_precomp && cp f30k_precomp/* less_precomp
field_split less_precomp train 1 "${train_ids[@]:1}"
refuses "1 of 26 images of cache are not in less_precomp \(first '0'\)" \
  "$MGAN" train --quiet --data less_precomp --cache cache --preset mgan "${small[@]}" -o x
refuses 'f30k_precomp: which photograph an id is' "$MGAN" extract --quiet --data f30k_precomp --images flickr30k-images "${published[@]}" -o x
mkdir alone && cp -r f30k_precomp alone
refuses 'its photographs are in no folder images or flickr30k-images beside it; --images FOLDER' \
  "$MGAN" extract --quiet --data alone/f30k_precomp --ids id_mapping.json "${published[@]}" -o x
mv flickr30k-images/9.jpg held.jpg
refuses 'flickr30k-images: 1 of 26 images are missing: 9.jpg' extract -o x
printf 'no picture' >flickr30k-images/9.jpg
refuses 'flickr30k-images/9.jpg: ' extract -o x
refuses 'flickr30k-images/9.jpg: ' one_command -o x
nothing x
mv held.jpg flickr30k-images/9.jpg

# Rows that do not match, features of another width, numbers that are not finite.
bad train_boxes.npy cp f30k_precomp/dev_boxes.npy
refuses 'train_boxes.npy: is \(40, 2, 4\), expected \(26, 2, 4\)' "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan "${small[@]}" -o x
bad train_caps.txt sed -i 7d
refuses 'bad_precomp/train_ims.npy: 26 rows, but .*train_caps.txt has 129 captions' \
  "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan "${small[@]}" -o x
narrow() { npy "$1" "40, 2, 4" $(for ((i = 0; i < 320; ++i)); do echo $((i / 40 % 3)); done); }
bad dev_ims.npy narrow
refuses 'bad_precomp: region features of width 4, but the model takes 8' "$MGAN" evaluate run/best.safetensors --data bad_precomp
refuses 'bad_precomp: region features of width 8, but the model takes 4' \
  "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan "${small[@]}" -o x
not_finite() { printf '\0\0\300\177' | dd of="$1" bs=1 seek=$((128 + 64 * 5 + 4 * 9)) conv=notrunc status=none; }
bad train_ims.npy not_finite
refuses 'bad_precomp/train_ims.npy: row 5, region 1, column 1 is nan' "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan "${small[@]}" -o x

# Boxes missing: what they are, and the way without. Evaluation is then without as well, and looks at no box.
bad dev_boxes.npy rm
refuses 'bad_precomp: missing: dev_boxes.npy; the boxes of the features, as CAMERA has them: .*--positions none trains without' \
  "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan "${small[@]}" -o x
rm bad_precomp/*_boxes.npy bad_precomp/*_img_sizes.npy
bare() { "$MGAN" train --quiet --data bad_precomp --cache cache --preset mgan --positions none "${small[@]}" "$@"; }
bare -o bare >out.txt 2>err.txt || fail "--positions none: $(cat err.txt)"
refuses 'region-alignment gsmn needs the boxes of its regions: --positions is none' bare --region-alignment gsmn -o boxless
! grep -q 'regions.position' bare/best.safetensors || fail "weights of positions that are not there"
"$MGAN" evaluate bare/best.safetensors --write-scores a.npy >out.txt || fail "evaluate without boxes"
"$MGAN" evaluate bare/best.safetensors --data f30k_precomp --write-scores b.npy >out.txt || fail "evaluate beside boxes"
cmp a.npy b.npy || fail "a model without positions looks at boxes"
refuses 'missing: dev_boxes.npy, dev_img_sizes.npy' "$MGAN" evaluate run/best.safetensors --data bad_precomp
refuses 'positions' bare --positions boxes --resume -o bare
"$MGAN" extract --quiet --data bad_precomp "${files[@]}" "${published[@]}" -o without >out.txt || fail "extract needs no boxes"

# Encoders that are others.
tiny_encoders clip2 bert2 7
"$MGAN" extract --quiet --data f30k_precomp "${files[@]}" --vision clip2 --text bert -o foreign >out.txt
refuses 'foreign: was made by another image encoder' "$MGAN" evaluate run/best.safetensors --cache foreign
"$MGAN" extract --quiet --data f30k_precomp "${files[@]}" --vision clip --text bert2 -o foreign2 >out.txt
refuses 'foreign2: was made by another text encoder' "$MGAN" evaluate run/best.safetensors --cache foreign2
refuses 'holds a cache of something else .*vision/sha256' "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" --vision clip2 --text bert -o cache
cp -r clip clip16 && sed -i 's/"patch_size": 8/"patch_size": 16/' clip16/config.json
returns 2 "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" --vision clip16 --text bert -o x
grep -q 'embeddings.patch_embedding.weight is (16, 3, 8, 8), expected (16, 3, 16, 16)' err.txt || fail "$(cat err.txt)"
refuses 'k is 17, expected from 1 to 16, the patches' "$MGAN" train --quiet --data f30k_precomp --cache cache --preset mgan \
  --batch 32 --width 32 -k 17 -o x
cp -r bert bert25 && echo ball >>bert25/vocab.txt
refuses 'bert25: the tokenizer has 25 pieces, the weights have 24' "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" --vision clip --text bert25 -o x
nothing x
cp -r bert kept && echo '{"model_type": "bert"' >bert/config.json
refuses 'bert/config.json: malformed JSON' "$MGAN" evaluate run/best.safetensors --split test
rm -r bert && mv kept bert

# Captions that disagree with Karpathy's JSON.
karpathy_f30k() {
  {
    karpathy cocoid "" "" train "${train_ids[@]}"
    karpathy cocoid "" "" val "${val_ids[@]}"
  } | karpathy_json dataset.json
}
karpathy_f30k
sed -i '5s/small blue/large red/g' dataset.json
refuses "f30k_precomp and dataset.json disagree about image 12 \('12.jpg'\): the captions are 'A small blue square above , and 0 .' and 'A large red square above, and 0.'" \
  "$MGAN" extract --quiet --data f30k_precomp --images flickr30k-images --ids dataset.json "${published[@]}" -o x
karpathy_f30k
sed -i '5s/"train"/"test"/' dataset.json
refuses "dataset.json: image 12 \('12.jpg'\) is of split test, but f30k_precomp has it in train" \
  "$MGAN" extract --quiet --data f30k_precomp --images flickr30k-images --ids dataset.json "${published[@]}" -o x
nothing x

# What would be passed over.
refuses '--ids: the pictures of a cache are encoded already' "$MGAN" train --quiet --data f30k_precomp --cache cache --ids dataset.json --preset mgan -o x
refuses '--augment: the pictures of a cache are encoded already' "$MGAN" train --quiet --data f30k_precomp --cache cache --augment flip --preset mgan -o x
refuses 'the preset mgan trains on published encoders: --cache CACHE' "$MGAN" train --quiet --data f30k_precomp --preset mgan -o x

# A cache of such data has no regions of its own; pictures alone have none either.
refuses "cache: this cache has no regions: .*--data .*f30k_precomp --cache cache" "$MGAN" train --quiet --data cache --preset mgan "${small[@]}" -o x
refuses 'has features, and no pictures are read' "$MGAN" train --quiet --data f30k_precomp --images flickr30k-images --epochs 1 -o x
refuses '--augment flip: f30k_precomp has regions of whole photographs' one_command --augment flip -o x
karpathy_f30k
refuses 'dataset has pictures, but the model takes region features' \
  "$MGAN" evaluate run/best.safetensors --data dataset.json --images flickr30k-images

refuses "this model takes a detector's regions, of f30k_precomp, and no photograph has them" "$MGAN" index --quiet --checkpoint run/best.safetensors -o x

# A disk that is full while the cache is made: said by name, and the same command goes on.
limited() { (ulimit -f 8 && exec "$@"); }
refuses 'full/train-0000[0-9].safetensors: cannot write .*(File too large|No space)' \
  limited "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" "${published[@]}" --shard-images 4 -o full
[ -z "$(find full -name '*.mgan-tmp')" ] || fail "a temporary file is left"

# Killed while the cache is made and while it is trained on: the same bits in the end.
kill_shim
same_cache() { diff -r -x '.mgan*' -x '*lock*' "$1" "$2" >diff.txt || fail "$1 and $2 differ: $(head -3 diff.txt)"; }
extract --shard-images 8 -o whole >out.txt
extract --shard-images 8 -o full2 >out.txt
same_cache whole full2
for step in 3 9 16; do
  rm -rf killed && code=0
  killed_at "$step" "$PWD/killed" "$MGAN" extract --quiet --data f30k_precomp "${files[@]}" "${published[@]}" --shard-images 8 -o killed >out.txt 2>err.txt || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  extract --shard-images 8 -o killed >out.txt
  same_cache whole killed
done
join --checkpoint-every 1 -o whole-run >out.txt
for step in 9 24; do
  rm -rf killed-run && code=0
  killed_at "$step" "$PWD/killed-run" "$MGAN" train --quiet --data f30k_precomp --cache cache --preset mgan "${small[@]}" --checkpoint-every 1 -o killed-run \
    >out.txt 2>err.txt || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  join --checkpoint-every 1 --resume -o killed-run >out.txt
  same_run whole-run killed-run
done
