# evaluate --scores: score matrices of other people's models.
source "$MGAN_SOURCE/tests/program/lib.bash"
evaluate() { "$MGAN" evaluate "$@"; }

train -o a >out.txt
train --seed 2 -o b >out.txt
figures() { tail -1 "$1" | grep -oE ' +[0-9. ]+$'; }

# The scores that a checkpoint wrote have its figures.
evaluate a/best.safetensors --write-scores a.npy >checkpoint.txt
evaluate b/best.safetensors --write-scores b.npy >out.txt
evaluate --scores a.npy --json a.json >matrix.txt
grep '^all granularities' checkpoint.txt >all.txt
[ "$(figures all.txt)" = "$(figures matrix.txt)" ] || fail "$(cat checkpoint.txt matrix.txt)"
grep -q '16 images x 80 texts; ties are lost' matrix.txt || fail "$(cat matrix.txt)"
grep -q '"ties": "pessimistic"' a.json || fail "$(cat a.json)"
evaluate --scores a.npy --folds 4 >folds.txt
evaluate a/best.safetensors --folds 4 | grep '^all granularities' >all.txt
[ "$(figures all.txt)" = "$(figures folds.txt)" ] || fail "$(cat all.txt folds.txt)"

# So has their mean.
evaluate a/best.safetensors b/best.safetensors --write-scores ab.npy | tail -1 >ensemble.txt
evaluate --scores a.npy b.npy --write-scores mean.npy | tail -1 >mean.txt
cmp ensemble.txt mean.txt
cmp ab.npy mean.npy

# Which text belongs to which image: five each, or a line a text.
for ((t = 0; t < 80; ++t)); do echo "id$((t / 5))"; done >ids.txt
evaluate --scores a.npy --ids ids.txt >by_ids.txt
grep -q 'ids.txt: ids; rows are taken to be in the order' by_ids.txt || fail "$(cat by_ids.txt)"
[ "$(figures by_ids.txt)" = "$(figures matrix.txt)" ] || fail "ids"
for ((t = 0; t < 80; ++t)); do echo "$((15 - t / 5))"; done >reversed.txt
evaluate --scores a.npy --ids reversed.txt >by_rows.txt
grep -q 'reversed.txt: numbers of rows' by_rows.txt || fail "$(cat by_rows.txt)"
[ "$(figures by_rows.txt)" != "$(figures matrix.txt)" ] || fail "numbers of rows"

# Constant scores: a tie is lost, or counts as its expectation: one right image of 16.
npy_header() { printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"; }
zeros() { { npy_header "$1" "$2" && head -c "$3" /dev/zero; } >"$4"; }
zeros '<f4' '16, 80' 5120 zero.npy
evaluate --scores zero.npy | tail -1 | grep -qE 'zero.npy +0.0 +0.0 +0.0 +76 .* 0.0$' || fail "$(evaluate --scores zero.npy)"
evaluate --scores zero.npy 2>&1 >/dev/null | grep -q 'warning: candidates that tie .*--ties expected' || fail "no hint at ties"
evaluate --scores a.npy 2>err.txt >/dev/null && [ ! -s err.txt ] || fail "a hint at ties where there are none: $(cat err.txt)"
[ -z "$(evaluate --scores zero.npy --ties expected 2>&1 >/dev/null)" ] || fail "a hint where it is followed"
evaluate --scores zero.npy --ties expected | tail -1 | awk '{ exit !($7 == 6.2 && $8 == 31.2) }' ||
  fail "$(evaluate --scores zero.npy --ties expected)"

refuses 'evaluate: expected checkpoints, or --scores' evaluate
refuses 'checkpoints and --scores, expected one of them' evaluate a/best.safetensors --scores a.npy
returns 2 evaluate --scores a.npy --split test
returns 2 evaluate a/best.safetensors --ids ids.txt
refuses 'nosuch.npy: cannot read' evaluate --scores nosuch.npy
refuses 'a.json: not an .npy file' evaluate --scores a.json
zeros '<f4' '80, 16' 5120 transposed.npy
refuses 'transposed.npy: 80 images x 16 texts: looks like \(texts, images\) with 5 texts an image; .*scores.T' \
  evaluate --scores transposed.npy
zeros '<f4' '80, 80' 25600 repeated.npy
refuses 'repeated.npy: 80 images x 80 texts, expected 5 texts an image; .*scores\[::5\]' evaluate --scores repeated.npy
evaluate --scores repeated.npy --captions-per-image 1 >out.txt
zeros '<f4' '16, 79' 5056 odd.npy
cp repeated.npy square.npy && printf '\x01' | dd of=square.npy bs=1 seek=1000 conv=notrunc 2>/dev/null # one of five rows differs
refuses 'square.npy: 80 images x 80 texts, expected 5 texts an image; --captions-per-image 1 says' evaluate --scores square.npy
refuses 'odd.npy: 16 images x 79 texts, expected 5 texts an image; --captions-per-image or --ids' evaluate --scores odd.npy
zeros '<i8' '16, 80' 10240 whole.npy
refuses 'whole.npy: is I64, expected floating-point scores' evaluate --scores whole.npy
zeros '<f4' '2, 8, 80' 5120 cube.npy
refuses 'cube.npy: is \(2, 8, 80\), expected scores \(images, texts\)' evaluate --scores cube.npy
zeros '<f4' '0, 80' 0 empty.npy
refuses 'empty.npy: is \(0, 80\)' evaluate --scores empty.npy
refuses 'transposed.npy: is \(80, 16\), but a.npy is \(16, 80\)' evaluate --scores a.npy transposed.npy
cp a.npy nan.npy
printf '\0\0\300\177' | dd of=nan.npy bs=1 seek=$((128 + 4 * (80 * 3 + 7))) conv=notrunc status=none
refuses 'nan.npy: the score of image 3 and text 7 is NaN' evaluate --scores a.npy nan.npy
head -79 ids.txt >short.txt
refuses 'short.txt: 79 ids for 80 texts' evaluate --scores a.npy --ids short.txt
sed 's/id15/id14/' ids.txt >fewer.txt
refuses 'fewer.txt: 15 different ids for 16 images' evaluate --scores a.npy --ids fewer.txt
refuses 'folds 5: 16 images do not divide' evaluate --scores a.npy --folds 5
