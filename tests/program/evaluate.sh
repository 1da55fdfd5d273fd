# evaluate: one checkpoint, an ensemble, folds, splits, and what it refuses.
source "$MGAN_SOURCE/tests/program/lib.bash"

train -o a >out.txt
train --seed 2 --width 64 --patch-alignment plain -o b >out.txt
evaluate() { "$MGAN" evaluate "$@"; }

# The figure of training is found again.
evaluate a/best.safetensors -o a.json >table.txt
trained=$(sed -n 's/.*"best_validation_rsum": \([0-9.]*\).*/\1/p' a/metrics.json)
found=$(sed -n 's/.*"rsum": \([0-9.]*\).*/\1/p' a.json | sed -n '$p')
[ "$trained" = "$found" ] || fail "training found RSum $trained, evaluate $found"
grep -q 'post hoc: the same weights' table.txt || fail "no post hoc table"
for row in 'region alone' 'global alone' 'patch alone' 'without region' 'without global' 'without patch'; do
  grep -q "^$row " table.txt || fail "no row '$row'"
done
! grep -q published table.txt || fail "published figures without being asked"

# A model twice is an ensemble of itself; the order of two does not matter; members may differ in configuration.
evaluate a/best.safetensors a/best.safetensors >twice.txt
[ "$(grep -E '^(a/best|ensemble)' twice.txt | grep -oE '[0-9.]+$' | sort -u | wc -l)" -eq 1 ] || fail "$(cat twice.txt)"
evaluate a/best.safetensors b/best.safetensors | grep '^ensemble' >ab.txt
evaluate b/best.safetensors a/best.safetensors | grep '^ensemble' >ba.txt
cmp ab.txt ba.txt

evaluate a/best.safetensors --folds 4 | grep -q 'mean over 4 folds of 4 images' || fail "folds"
evaluate a/best.safetensors --images-limit 8 | grep -q 'split val, 8 images x 40 captions' || fail "images-limit"
evaluate a/best.safetensors --split test | grep -q 'split test, 16 images' || fail "test split"
evaluate a/best.safetensors --published | grep -q 'published, .*not comparable' || fail "published"

# Streaming finds the same figures without a score matrix, folds included.
evaluate a/best.safetensors --streaming -o streamed.json >out.txt
cmp a.json streamed.json
evaluate a/best.safetensors --folds 4 -o folds.json >out.txt
evaluate a/best.safetensors --folds 4 --streaming -o streamed.json >out.txt
cmp folds.json streamed.json
refuses 'streaming takes one checkpoint' evaluate a/best.safetensors b/best.safetensors --streaming

# So does pruning, for the interaction and for plain aggregation.
for run in a b; do
  evaluate $run/best.safetensors | grep '^all granularities' >whole.txt
  evaluate $run/best.safetensors --prune >out.txt
  grep -q 'pruned: patch scores of [0-9.]* % of the pairs' out.txt || fail "$(cat out.txt)"
  grep '^all granularities' out.txt | cmp whole.txt
done
evaluate a/best.safetensors --prune --prune-rounds 1 -o pruned.json | grep -q 'medians of 1 rounds' || fail 'no times'
for job in best_ten hardest_negatives wall_ratio; do grep -q "\"$job\"" pruned.json || fail "$(cat pruned.json)"; done
refuses 'prune takes one checkpoint and no folds' evaluate a/best.safetensors --folds 4 --prune

train --scenes-seed 2 -o c >out.txt
refuses 'c/best.safetensors: its val split .* is not that of a/best.safetensors' \
  evaluate a/best.safetensors c/best.safetensors
refuses 'folds 5: 16 images do not divide' evaluate a/best.safetensors --folds 5
refuses 'nosuch: cannot read' evaluate nosuch
refuses 'a/metrics.json: not a safetensors file' evaluate a/metrics.json
returns 2 evaluate a/best.safetensors --split train
head -c 1000 a/best.safetensors >short.safetensors
refuses 'short.safetensors: ' evaluate short.safetensors
refuses 'nosuch/x.json: ' evaluate a/best.safetensors -o nosuch/x.json
