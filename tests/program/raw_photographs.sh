# Published encoders in the loop: trained on pictures without a cache, with the losses of training on one; augmented.
source "$MGAN_SOURCE/tests/program/lib.bash"

tiny_encoders clip bert
scenes=(--train-scenes 40 --validation-scenes 16)
options=("${scenes[@]}" --batch 16 --epochs 2 --warmup-epochs 1 --warmup-steps 0 --width 32 -k 2)
"$MGAN" extract --quiet --data scenes --boxes annotated "${scenes[@]}" --vision clip --text bert -o cache >out.txt
raw() { "$MGAN" train --quiet --data scenes --vision clip --text bert "${options[@]}" "$@"; }
losses() { grep -o '"loss":[^,]*' "$1/log.jsonl" | cut -d: -f2; }

for tuned in 0 1; do
  for boxes in grid both; do
    raw --preset mgan-small --tuned-layers $tuned --boxes $boxes -o raw >out.txt
    "$MGAN" train --quiet --data cache "${options[@]}" --preset mgan-small --tuned-layers $tuned --boxes $boxes -o cached >out.txt
    paste <(losses raw) <(losses cached) | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $2) exit 1 } END { if (NR != 4) exit 1 }' ||
      fail "$tuned tuned layers, $boxes: $(paste <(losses raw) <(losses cached))"
  done
done
# What was trained on raw data scores a cache, and the other way round.
"$MGAN" evaluate raw/best.safetensors --write-scores a.npy >out.txt
"$MGAN" evaluate raw/best.safetensors --data cache --boxes both --write-scores b.npy >out.txt
cmp a.npy b.npy || fail "scores of raw data and of the cache differ"

# Crops and mirror images: others in every epoch, the same in every run.
for augment in crop flip; do
  raw --preset mgan-small --tuned-layers 1 --augment $augment -o $augment >out.txt
  raw --preset mgan-small --tuned-layers 1 --augment $augment -o again >out.txt
  same_run $augment again
done
raw --preset mgan-small --tuned-layers 1 -o plain >out.txt
[ "$(losses plain)" != "$(losses crop)" ] && [ "$(losses crop)" != "$(losses flip)" ] || fail "augmentation changes nothing"

# Killed and resumed: the same bits.
raw --preset mgan-small --tuned-layers 1 --augment flip --checkpoint-every 1 -o whole >out.txt
kill_shim
code=0
killed_at 8 "$PWD/killed" "$MGAN" train --quiet --data scenes --vision clip --text bert "${options[@]}" --preset mgan-small --tuned-layers 1 --augment flip \
  --checkpoint-every 1 -o killed >out.txt 2>err.txt || code=$?
[ "$code" -eq 137 ] || fail "exit code $code: $(cat err.txt)"
raw --preset mgan-small --tuned-layers 1 --augment flip --checkpoint-every 1 --resume -o killed >out.txt
same_run whole killed

refuses 'trains on published encoders: on a cache of .mgan extract., or with --vision FOLDER --text FOLDER' \
  "$MGAN" train --quiet --data scenes --preset mgan-small --tuned-layers 1 -o x
refuses '--vision and --text: both or none' "$MGAN" train --quiet --data scenes --preset mgan-small --tuned-layers 1 --vision clip -o x
refuses '--vision and --text: cache names the encoders' "$MGAN" train --quiet --data cache --vision clip --text bert --preset mgan-small --tuned-layers 1 -o x
refuses "--augment is 'spin', expected none, crop or flip" raw --preset mgan-small --tuned-layers 1 --augment spin -o x
photographs photos
photos() { "$MGAN" train --quiet --data photos/data.json --vision clip --text bert --batch 4 --epochs 1 --width 32 -k 2 --preset mgan-small --tuned-layers 1 "$@"; }
photos --augment flip -o photo-run >out.txt
refuses 'has no annotated boxes; --boxes grid' photos --boxes annotated -o x
head -c 40 photos/3.png >cut.png && mv cut.png photos/3.png
refuses 'photos/3.png: ' photos -o x
head -c 60 photos/9.png >cut.png && mv cut.png photos/9.png # its header is whole
extract_photos() { "$MGAN" extract --quiet --data photos/data.json --images photos --vision clip --text bert -o cut "$@"; }
refuses 'photos/[39].png: ' extract_photos
rm -rf cut
extract_photos --broken-pictures skip >out.txt 2>err.txt || fail "extract --broken-pictures skip: $(cat err.txt)"
grep -q 'photos/9.png: .*left out' err.txt || fail "the truncated picture is not named: $(cat err.txt)"
photos --broken-pictures skip -o skipped >out.txt 2>err.txt || fail "--broken-pictures skip: $(cat err.txt)"
grep -q 'photos/3.png: .*left out' err.txt || fail "the broken picture is not named: $(cat err.txt)"
