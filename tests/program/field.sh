# The paper's experiment by the commands of docs/paper.md, on folders of the same layout: tiny random CLIP and BERT, a tiny
# f30k_precomp, coco_precomp and vse_infty's data/coco.
source "$MGAN_SOURCE/tests/program/field.bash"

tiny_encoders clip-vit-base-patch32 bert-base-uncased
field_f30k
published=(--vision clip-vit-base-patch32 --text bert-base-uncased)
f30k=(--data f30k_precomp --images flickr30k-images --ids id_mapping.json)
silent() { "$@" >out.txt 2>err.txt || fail "$*: $(cat err.txt)"; }
clean() { silent "$@" && { ! grep -q warning err.txt || fail "$*: $(cat err.txt)"; }; }

# --- Flickr30K -------------------------------------------------------------------------------------------------------
clean "$MGAN" extract "${f30k[@]}" "${published[@]}" -o cache/f30k
grep -q 'train: 26 images, 130 captions' out.txt && grep -q 'val: 8 images, 40 captions' out.txt || fail "$(cat out.txt)"
"$MGAN" extract --check cache/f30k >out.txt || fail "the cache is not as it was written"
grep -q '"regions": "none"' cache/f30k/manifest.json || fail "regions were copied into the cache"
clean "$MGAN" train --data f30k_precomp --cache cache/f30k --preset mgan -o runs/mgan "${small[@]}"
[ "$(grep -c '"loss"' runs/mgan/log.jsonl)" -eq 10 ] || fail "130 captions in batches of 32 are 5 steps: $(grep -c '"loss"' runs/mgan/log.jsonl)"
clean "$MGAN" train --data f30k_precomp --cache cache/f30k --preset mgan --seed 2 -o runs/mgan-2 "${small[@]}"
clean "$MGAN" train --data f30k_precomp --cache cache/f30k --preset mgan-star -o runs/star "${small[@]}"
! grep -q 'published.tuned' runs/star/best.safetensors || fail "mgan-star tunes BERT"
grep -q 'published.tuned' runs/mgan/best.safetensors || fail "mgan does not tune BERT"

# The cache has no test split: its pictures are encoded now. The scores are those of a cache that has.
silent "$MGAN" evaluate runs/mgan/best.safetensors runs/mgan-2/best.safetensors --split test --write-scores now.npy
grep -q 'ensemble of 2' out.txt && grep -q 'f30k_precomp, split test, 8 images x 40 captions' out.txt || fail "$(cat out.txt)"
grep -q 'cache/f30k: has no split test, whose pictures are encoded now' err.txt || fail "not said: $(cat err.txt)"
cp -r cache/f30k cache/whole
clean "$MGAN" extract "${f30k[@]}" "${published[@]}" --splits train,val,test -o cache/whole
clean "$MGAN" evaluate runs/mgan/best.safetensors runs/mgan-2/best.safetensors --split test --cache cache/whole --write-scores cached.npy
cmp now.npy cached.npy || fail "scores of the cache and of pictures encoded now differ"

# One command: patches and words encoded in every epoch, with the losses of the cache.
clean "$MGAN" train "${f30k[@]}" "${published[@]}" --preset mgan -o runs/one "${small[@]}"
losses() { grep -o '"loss":[^,]*' "$1/log.jsonl" | cut -d: -f2; }
paste <(losses runs/mgan) <(losses runs/one) | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) exit 1 } END { exit NR != 10 }' ||
  fail "losses: $(paste <(losses runs/mgan) <(losses runs/one))"
clean "$MGAN" evaluate runs/one/best.safetensors --split test --write-scores one.npy
clean "$MGAN" evaluate runs/one/best.safetensors --split test --cache cache/whole --write-scores cached.npy
cmp one.npy cached.npy || fail "scores of one command's run differ on the cache"

# Other pictures under the same ids are other scores: the mapping counts.
sed 's/"196": "196/"196": "tmp/; s/"199": "199/"199": "196/; s/"tmp/"199/' id_mapping.json >turned.json
! cmp -s turned.json id_mapping.json || fail "nothing was turned"
silent "$MGAN" evaluate runs/one/best.safetensors --split test --ids turned.json --write-scores turned.npy
! cmp -s one.npy turned.npy || fail "--ids changes nothing"

# Ids by Karpathy's JSON: imgid is the id of f30k.
{
  karpathy imgid_of_coco "" "" train "${train_ids[@]}"
  karpathy imgid_of_coco "" "" val "${val_ids[@]}"
  karpathy imgid_of_coco "" "" test "${test_ids[@]}"
} | sed 's/"imgid_of_coco":\([0-9]*\),"imgid":[0-9]*/"imgid":\1/' | karpathy_json dataset_flickr30k.json
clean "$MGAN" extract --data f30k_precomp --images flickr30k-images --ids dataset_flickr30k.json "${published[@]}" -o cache/json
for shard in cache/json/*.safetensors; do cmp "$shard" "cache/f30k/${shard##*/}" || fail "another cache by Karpathy's JSON"; done

# The paper's sizes, one step: D 2048, 12 views, K 16, batch 128.
clean "$MGAN" train --data f30k_precomp --cache cache/f30k --preset mgan-star -o runs/sizes --epochs 1 --epoch-steps 1 --validation-images 2
for field in '"width": 2048' '"n_views": 12' '"k": 16' '"batch": 128' '"learning_rate": 0.0001,' '"decay_every": 10' '"margin": 0.2' \
  '"global_weight": 0.6' '"patch_weight": 0.2' '"epoch_of": "captions"'; do
  grep -q "$field" runs/sizes/metrics.json || fail "not the paper's: $field"
done
rm -r runs/sizes

# --- MS-COCO ---------------------------------------------------------------------------------------------------------
mapfile -t many < <(seq 391895 3 391940)
mkdir -p data/coco/images
field_split data/coco/precomp train 1 "${train_ids[@]}"
field_split data/coco/precomp dev 5 "${val_ids[@]}"
field_split data/coco/precomp testall 5 "${many[@]}"
{
  field_pictures data/coco/images train2014/COCO_train2014_ "${train_ids[@]}"
  field_pictures data/coco/images val2014/COCO_val2014_ "${val_ids[@]}" "${many[@]}"
} | json_object data/coco/id_mapping.json
# Everything is found around precomp, as vse_infty has it.
clean "$MGAN" extract --data data/coco "${published[@]}" --splits train,val,testall -o cache/coco
clean "$MGAN" train --data data/coco --cache cache/coco --preset mgan --recipe coco -o runs/coco --width 32 -k 2 --batch 32 --epoch-steps 1 \
  --validation-images 2
grep -q '"epochs": 40' runs/coco/metrics.json && grep -q '"decay_every": 20' runs/coco/metrics.json || fail "--recipe coco"
silent "$MGAN" evaluate runs/coco/best.safetensors --split testall --folds 8
grep -q 'mean over 2 folds of 8 images' out.txt && grep -q 'coco, split testall, 16 images x 80 captions' out.txt || fail "$(cat out.txt)"
silent "$MGAN" evaluate runs/coco/best.safetensors runs/coco/last.safetensors --split testall
# SCAN's layout, pictures and Karpathy's JSON named one by one: the same images, by cocoid.
cp -r data/coco/precomp coco_precomp
{
  karpathy cocoid train2014 COCO_train2014_ train "${train_ids[@]}"
  karpathy cocoid val2014 COCO_val2014_ val "${val_ids[@]}"
  karpathy cocoid val2014 COCO_val2014_ test "${many[@]}"
} | karpathy_json dataset_coco.json
silent "$MGAN" evaluate runs/coco/best.safetensors --split testall --write-scores cached.npy
silent "$MGAN" extract --data coco_precomp --images data/coco/images --ids dataset_coco.json "${published[@]}" -o cache/coco2
silent "$MGAN" evaluate runs/coco/best.safetensors --data coco_precomp --cache cache/coco2 --split testall --write-scores now.npy
cmp cached.npy now.npy || fail "testall encoded now is another"
