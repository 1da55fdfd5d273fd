# A cache whose files or pictures changed: train and evaluate notice, extract mends it.
source "$MGAN_SOURCE/tests/program/lib.bash"

tiny_encoders clip bert
photographs photos
extract() { "$MGAN" extract --quiet --data photos/data.json --vision clip --text bert --shard-images 4 -o cache "$@"; }
run() { "$MGAN" train --quiet --data cache --preset mgan-small --batch 4 --epochs 1 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2 -o run "$@"; }
extract >out.txt
run >out.txt 2>err.txt
! grep -q 'replaced' err.txt || fail "$(cat err.txt)"

# A shard that is damaged, or replaced by another one.
cp -r cache whole
printf 'x' | dd of=cache/val-00000.safetensors bs=1 seek=3000 conv=notrunc status=none
refuses 'val-00000.safetensors: damaged' run
refuses 'val-00000.safetensors: damaged' "$MGAN" evaluate run/best.safetensors
extract >out.txt 2>err.txt
diff -r -x '.mgan*' -x '*lock*' cache whole || fail "not as it was"
run >out.txt 2>err.txt
cp -r cache copied # other times of change: compared once, and trained on
"$MGAN" evaluate run/best.safetensors --data copied >out.txt || fail "a copy of the cache"

# A picture that is replaced by another one of the same size.
black=iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAEElEQVR42mNgGAWjYBTAAAADEAAB1y2EYwAAAABJRU5ErkJggg==
base64 -d >photos/5.png <<<"$black"
run >out.txt 2>err.txt || fail "stale: $(cat err.txt)"
grep -q 'warning: train: cache: pictures of 1 of 2 shards were replaced since it was made' err.txt || fail "not noticed: $(cat err.txt)"
refuses 'train-00001.safetensors: its pictures were replaced' "$MGAN" extract --check cache
extract >out.txt 2>err.txt
grep -q 'train-00001.safetensors: its pictures were replaced; encoding it again' err.txt || fail "not encoded again: $(cat err.txt)"
cmp -s cache/train-00001.safetensors whole/train-00001.safetensors && fail "the same features of another picture"
cmp cache/train-00000.safetensors whole/train-00000.safetensors || fail "another shard changed"
"$MGAN" extract --check cache >out.txt || fail "not mended"
run >out.txt 2>err.txt
! grep -q 'replaced' err.txt || fail "$(cat err.txt)"

# A manifest of before the pictures were recorded is read.
sed -i '/"pictures"/d; s/\("images": [0-9]*\),$/\1,/' cache/manifest.json
sed -i -z 's/,\n *}/\n}/g' cache/manifest.json
run >out.txt 2>err.txt || fail "an old manifest: $(cat err.txt)"
