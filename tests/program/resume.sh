# What a resumed run notices: other data, damage, another log. And a run that diverges says where.
source "$MGAN_SOURCE/tests/program/lib.bash"
export LC_ALL=C

copy() {
  rm -rf other
  cp -r run other
}

# Other pictures or captions, with the same words in the vocabulary. Epochs get longer or shorter, or seem the same.
photographs good
photos() { train --batch 4 --data good/data.json --images good "$@"; }
photos -o run >out.txt
cp good/data.json data.json
changed() {
  sed "$1" data.json >good/data.json
  copy
  refuses "other/last.safetensors: was written with another set of data \(.*$2" photos --resume -o other
  cmp run/last.safetensors other/last.safetensors
  cmp run/log.jsonl other/log.jsonl || fail "a refused resume touched the log"
}
changed 's/"imgid":8,"split":"val"/"imgid":8,"split":"train"/' 'train 8 images 8 captions [0-9a-f]*, val 2 .* -> train 9 images 9 captions'
changed 's/"imgid":7,"split":"train"/"imgid":7,"split":"test"/' '-> train 7 images 7 captions'
changed 's/a red board 3"/red a board 3"/' 'train 8 images 8 captions .* -> train 8 images 8 captions'
changed 's/a red board 9"/red a board 9"/' 'val 2 images 2 captions .* -> .*val 2 images 2 captions'
cp data.json good/data.json
photos --resume -o other >out.txt
same_run run other

# A cache of other captions.
tiny_encoders clip bert
cache() { "$MGAN" extract --vision clip --text bert --data good/data.json --images good -o cache >out.txt; }
on_cache() { train --data cache --preset mgan-small --tuned-layers 1 --text-learning-rate 1e-4 --batch 4 "$@"; }
cache
on_cache -o cached >out.txt
rm -rf cache
sed 's/a red board 3"/red a board 3"/' data.json >good/data.json
cache
refuses 'cached/last.safetensors: was written with another set of data' on_cache --resume -o cached
cp data.json good/data.json

# Damage: a bit of a weight, of the configuration, of a counter.
train -o run >out.txt
size=$(stat -c %s run/best.safetensors)
copy
printf '\x55' | dd of=other/best.safetensors bs=1 seek=$((size - 5000)) conv=notrunc status=none
cmp -s run/best.safetensors other/best.safetensors && fail "nothing was damaged"
refuses 'other/best.safetensors: damaged: its checksum is' "$MGAN" evaluate other/best.safetensors
copy
sed -i 's/\\"vision_layers\\":1/\\"vision_layers\\":9/' other/best.safetensors other/last.safetensors
refuses 'other/best.safetensors: damaged' "$MGAN" evaluate other/best.safetensors
refuses 'other/last.safetensors: damaged' train --resume -o other

# Files of before checksums and fingerprints are read with a warning; sizes that the weights are not of take no memory.
copy
sed -i 's/"checksum"/"checksun"/; s/"data":"train/"dat_":"train/' other/best.safetensors other/last.safetensors
"$MGAN" evaluate other/best.safetensors 2>err.txt | tail -n +2 >a.txt
grep -q 'warning: other/best.safetensors: has no checksum' err.txt || fail "no warning: $(cat err.txt)"
"$MGAN" evaluate run/best.safetensors | tail -n +2 >b.txt
cmp a.txt b.txt
train --resume -o other >out.txt 2>err.txt
grep -q 'warning: other/last.safetensors: has no checksum' err.txt || fail "no warning: $(cat err.txt)"
grep -q 'does not say which data' err.txt || fail "no warning: $(cat err.txt)"
sed -i 's/\\"vision_layers\\":1/\\"vision_layers\\":9/' other/best.safetensors
refuses 'config: vision_layers is 9, but the file has [0-9]+ weights' "$MGAN" evaluate other/best.safetensors

# The log.
copy
sed -i '2s/"loss":./"loss":9/' other/log.jsonl
refuses 'other/log.jsonl: its lines up to step 8 are not those of the run' train --resume -o other
copy
sed -i '$d' other/log.jsonl
refuses 'other/log.jsonl: its lines up to step 8 are not those of the run' train --resume -o other
copy
rm other/log.jsonl
train --resume -o other >out.txt 2>err.txt
grep -q 'log.jsonl: is gone; a new log begins' err.txt || fail "no warning: $(cat err.txt)"

refuses '^mgan: step [0-9]+ \(epoch 1, learning rate 1e\+20\): .*nan' \
  train --learning-rate 1e20 --clip 1e30 --warmup-steps 0 -o diverged
