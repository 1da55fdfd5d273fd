# Options of the recipe: accumulation, an average of the weights, a cosine, an early end; killed, such a run resumes to the
# bits of one that was never killed, and what it has seen counts.
source "$MGAN_SOURCE/tests/program/lib.bash"
kill_shim

rates() { grep '"loss"' "$1/log.jsonl" | sed 's/.*"learning_rate":\([^,}]*\).*/\1/' | tr '\n' ' '; }
steps() { grep -c '"loss"' "$1/log.jsonl"; }

# The cosine: 4 steps an epoch, from the rate to nothing, and no decay; behind a warm-up it is where it would be without.
train --learning-rate 0.001 --schedule cosine --decay-every 1 --warmup-steps 0 -o cosine
rates cosine | awk '{
  for (i = 1; i <= 8; ++i) {
    expected = 0.001 * (1 + cos(atan2(0, -1) * (i - 1) / 7)) / 2
    if (($i - expected) ^ 2 > 1e-18) { print "step", i, $i, expected; exit 1 }
  }
  exit NF != 8
}' || fail "no cosine: $(rates cosine)"
train --learning-rate 0.001 --schedule cosine --warmup-steps 2 -o warm
[ "$(rates warm | cut -d ' ' -f 3-)" = "$(rates cosine | cut -d ' ' -f 3-)" ] || fail "the warm-up moves the cosine"
[ "$(rates warm | cut -d ' ' -f 1)" = 0.0005 ] || fail "no warm-up: $(rates warm)"

# Two batches a step: half the steps, and the first one's loss is the mean of theirs.
train --epochs 1 -o alone
train --epochs 1 --accumulate 2 -o two
[ "$(steps alone) $(steps two)" = '4 2' ] || fail "not half the steps: $(steps alone) and $(steps two)"
train --epochs 1 --epoch-steps 1 --accumulate 2 -o short
[ "$(steps short)" = 1 ] || fail "--epoch-steps counts batches, not steps"
train --epochs 1 --batch 32 --accumulate 2 -o all
refuses 'accumulate is 5, but there are 4 batches an epoch \(--accumulate\)' train --accumulate 5 -o x

# The average: the steps are the same, what is validated and kept is not.
train --average 0.9 -o average
train -o plain
[ "$(grep '"loss"' plain/log.jsonl)" = "$(grep '"loss"' average/log.jsonl)" ] || fail "the average changes the steps"
[ "$(grep '"rsum"' plain/log.jsonl)" != "$(grep '"rsum"' average/log.jsonl)" ] || fail "the weights are validated"
figures() { "$MGAN" evaluate "$1" -o figures.json >out.txt && sed '1,/"results"/d' figures.json; }
best=$(sed -n 's/.*"best_validation_rsum": \([0-9.]*\).*/\1/p' average/metrics.json)
figures average/best.safetensors | grep -q "\"rsum\": $best" || fail "best.safetensors does not hold the average"

# The early end: after two validations that are no better. A rate of nearly 0 makes them all equal.
train --epochs 9 --learning-rate 1e-30 --patience 2 -o early 2>err.txt
[ "$(steps early)" = 12 ] || fail "$(steps early) steps, expected three epochs of four"
grep -q 'stopped after 2 validations without a better one' err.txt || fail "$(cat err.txt)"
cp -r early again
train --epochs 9 --learning-rate 1e-30 --patience 2 --resume -o again
same_run early again

# All of them, killed at every thirteenth step of writing.
options=(--accumulate 2 --average 0.9 --schedule cosine --epochs 6 --learning-rate 1e-30 --checkpoint-every 1 --patience 2)
train "${options[@]}" -o whole
[ "$(steps whole)" = 6 ] || fail "$(steps whole) steps, expected three epochs of two"
for ((step = 4; ; step += 13)); do
  rm -rf killed
  code=0
  train_command "${options[@]}" -o killed
  killed_at "$step" "$PWD/killed" "${command[@]}" >out.txt 2>err.txt || code=$?
  [ "$code" -ne 0 ] || break
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  train "${options[@]}" --resume -o killed
  same_run whole killed
done
[ "$step" -gt 20 ] || fail "only $step steps of writing"
refuses 'whole/last.safetensors: .*another configuration \(recipe/patience 2 -> 3\)' train "${options[@]:0:13}" 3 --resume -o whole
