# train and evaluate on region features in SCAN's layout, and what is refused of them.
source "$MGAN_SOURCE/tests/program/lib.bash"

mkdir small_precomp
scan_split small_precomp train 64 1
scan_split small_precomp dev 8 5
scan_split small_precomp test 8 5
scan_split small_precomp testall 16 5

precomp() { train --data small_precomp --batch 8 --min-count 1 --learning-rate 0.003 "$@"; }
train_command --data small_precomp --batch 8 --min-count 1 --learning-rate 0.003 --epochs 6 --warmup-epochs 4 -o run
"${command[@]/--quiet/--seed=1}" >out.txt 2>err.txt || fail "$(cat err.txt)"
grep -q 'patches and \[CLS\] are left out' err.txt || fail "not said what is left out: $(cat err.txt)"
! grep -q warning err.txt || fail "$(cat err.txt)"
! grep -q 'vision\.' run/last.safetensors || fail "an image encoder without pictures"

evaluate() { "$MGAN" evaluate "$@"; }
# Eight kinds of images, all told apart: with 8 images nothing is above a right answer, with 16 two are alike.
evaluate run/best.safetensors | tail -1 >val.txt
awk '{ exit !($NF > 590) }' val.txt || fail "not learnt: $(cat val.txt)"
evaluate run/best.safetensors --split test | grep -q 'split test, 8 images x 40 captions' || fail "test"
evaluate run/best.safetensors --split testall | grep -q 'split testall, 16 images x 80 captions' || fail "testall"
evaluate run/best.safetensors --split testall --folds 8 >folds.txt
grep -q 'mean over 2 folds of 8 images' folds.txt || fail "folds"
awk 'END { exit !($NF > 590) }' folds.txt || fail "the folds are not told apart: $(cat folds.txt)"

# A run repeated has the same bits.
precomp --epochs 2 --warmup-epochs 2 --epoch-steps 5 -o a >out.txt
[ "$(grep -c '"loss"' a/log.jsonl)" -eq 10 ] || fail "--epoch-steps 5: $(grep -c '"loss"' a/log.jsonl) steps"
precomp --epochs 2 --warmup-epochs 2 --epoch-steps 5 -o b >out.txt
same_run a b

# What is refused; the library's tests have every kind of bad file.
refuses 'small_precomp has the boxes of its features' precomp --boxes grid -o x
refuses 'small_precomp has features, and no pictures are read' precomp --images small_precomp -o x
refuses 'region features alone have neither patches nor \[CLS\]' precomp --patch-alignment interaction -o x
refuses 'small_precomp has region features, but the model takes pictures' precomp --regions pixels -o x
refuses 'scenes has pictures, but the model takes region features' evaluate run/best.safetensors --data scenes
train -o scenes >out.txt
refuses 'small_precomp has region features, but the model takes pictures' \
  evaluate scenes/best.safetensors --data small_precomp
refuses '--split testall: scenes is no folder of features' evaluate scenes/best.safetensors --split testall

copy() {
  rm -rf bad_precomp
  cp -r small_precomp bad_precomp
}
bad() { train --data bad_precomp --batch 8 --min-count 1 -o x; }
copy && rm bad_precomp/dev_boxes.npy
refuses 'bad_precomp: missing: dev_boxes.npy' bad
copy && sed -i "7s/.*/b'a dog'/" bad_precomp/train_caps.txt
refuses "bad_precomp/train_caps.txt: line 7 is a Python bytes literal: b'a dog'" bad
copy && sed -i '7d' bad_precomp/train_caps.txt
refuses 'bad_precomp/train_ims.npy: 64 rows, but bad_precomp/train_caps.txt has 319 captions' bad
copy && printf '\0\0\300\177' | dd of=bad_precomp/train_ims.npy bs=1 seek=$((128 + 64 * 5 + 4 * 9)) conv=notrunc status=none
refuses 'bad_precomp/train_ims.npy: row 5, region 1, column 1 is nan' bad

# A test split that was trained on is named.
copy && cp small_precomp/train_caps.txt lines.txt && head -40 lines.txt >bad_precomp/test_caps.txt
evaluate run/best.safetensors --data bad_precomp --split test >out.txt 2>err.txt
grep -q "test_caps.txt: the captions of 8 of 8 images (first 'test_0') also stand in train_caps.txt" err.txt ||
  fail "no warning: $(cat err.txt)"
