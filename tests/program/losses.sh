# --loss: each trains, what it trains is in checkpoints, a killed run ends with the same bits, a teacher is asked, and what
# cannot be is refused.
source "$MGAN_SOURCE/tests/program/lib.bash"

numbers() { sed -n "s/.*\"$1\":\([-0-9.e+]*\).*/\1/p" "$2/log.jsonl"; }
small=(--train-scenes 32 --validation-scenes 8 --warmup-steps 0)

# Each of them trains, with terms on every granularity and several captions an image.
for loss in triplet annealed contrastive soft-label sigmoid; do
  train "${small[@]}" --epochs 4 --loss "$loss" --granularity-loss 0.5 --captions-per-image 2 -o "$loss" >out.txt 2>err.txt ||
    fail "$loss: $(cat err.txt)"
  awk -v first="$(numbers ranking "$loss" | head -n 1)" -v last="$(numbers ranking "$loss" | tail -n 1)" \
    'BEGIN { exit !(last < first) }' || fail "$loss does not fall: $(numbers ranking "$loss")"
done
train "${small[@]}" -o default >out.txt
train "${small[@]}" --loss triplet --warmup-epochs 1 -o named >out.txt
same_run default named

# What a loss trains is a weight of the model: stored, loaded, and not there where nothing is trained.
weights() { head -c 20000 "$1/last.safetensors" | tr ',{' '\n\n' | grep -ao '"model\.loss\.[a-z_]*"' | sort | tr -d '\n'; }
[ "$(weights contrastive)" = '"model.loss.logit_scale"' ] || fail "contrastive stores $(weights contrastive)"
[ "$(weights sigmoid)" = '"model.loss.logit_bias""model.loss.logit_scale"' ] || fail "sigmoid stores $(weights sigmoid)"
[ -z "$(weights triplet)" ] || fail "triplet stores $(weights triplet)"
train "${small[@]}" --loss contrastive --train-temperature false -o fixed >out.txt
[ -z "$(weights fixed)" ] || fail "a constant temperature is stored: $(weights fixed)"
[ -z "$(numbers scale fixed)" ] || fail "a constant temperature is logged as if it were trained"
"$MGAN" evaluate sigmoid/best.safetensors >out.txt 2>err.txt || fail "$(cat err.txt)"

# The scale starts at 1 / temperature, moves, and is 100 at most from the second step on.
awk -v x="$(numbers scale contrastive | head -n 1)" 'BEGIN { exit !((x - 1 / 0.07) ^ 2 < 1e-6) }' ||
  fail "the scale begins at $(numbers scale contrastive | head -n 1)"
[ "$(numbers scale contrastive | sort -u | wc -l)" -gt 2 ] || fail "the scale does not move"
train "${small[@]}" --loss contrastive --loss-temperature 0.005 --learning-rate 0.1 -o hot >out.txt
numbers scale hot | awk 'NR == 1 && ($1 - 200) ^ 2 > 0.01 || NR == 2 && ($1 - 100) ^ 2 > 0.0001 || NR > 1 && $1 > 100.001 { exit 1 }' ||
  fail "the scale is not held at 100: $(numbers scale hot)"

# A factor of the loss that rises through one epoch.
train "${small[@]}" --loss contrastive --ramp-epoch 1 -o ramp >out.txt
awk -v l="$(numbers loss ramp | tr '\n' ' ')" -v r="$(numbers ranking ramp | tr '\n' ' ')" 'BEGIN {
  n = split(l, loss, " "); split(r, ranking, " ")
  exit !(n == 4 && loss[1] == 0 && loss[2] < ranking[2] && loss[3] >= ranking[3]) }' || fail "$(cat ramp/log.jsonl)"

# Killed and gone on with: the same bits, the average of the weights and the scale among them.
kill_shim
options=("${small[@]}" --loss contrastive --loss-temperature 0.005 --learning-rate 0.1 --average 0.9
  --checkpoint-every 1)
train "${options[@]}" -o whole >out.txt
for step in 9 23; do
  rm -rf killed
  code=0
  train_command "${options[@]}" -o killed
  killed_at "$step" "$PWD/killed" "${command[@]}" >out.txt 2>err.txt || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  train "${options[@]}" --resume -o killed >out.txt
  same_run whole killed
done
refuses 'another configuration \(loss/combine "mean" -> "sum"\)' train "${options[@]}" --combine sum --resume -o whole
refuses 'another configuration \(loss/name "triplet" -> "annealed"\)' train "${small[@]}" --loss annealed --resume -o default

# A teacher: a model with other modules, of the same inputs.
train "${small[@]}" --loss contrastive --patch-alignment none --width 16 --teacher triplet/best.safetensors --distillation 2 \
  -o student >out.txt
[ "$(numbers distillation student | wc -l)" = 4 ] || fail "no divergence in the log: $(cat student/log.jsonl)"
awk -v d="$(numbers distillation student | tr '\n' ' ')" 'BEGIN { split(d, x, " "); exit !(x[1] > 0) }' || fail "no divergence"
cp triplet/best.safetensors teacher.safetensors
taught=("${small[@]}" --teacher teacher.safetensors)
train "${taught[@]}" -o taught >out.txt
rm taught/best.safetensors
"$MGAN" evaluate taught/last.safetensors >out.txt 2>err.txt || fail "$(cat err.txt)" # the teacher is for training alone
cp annealed/best.safetensors teacher.safetensors
refuses 'another configuration \(loss/teacher_sha256 ' train "${taught[@]}" --epochs 3 --resume -o taught
refuses 'teacher triplet/best.safetensors: takes other inputs: image_size is 32, of this model 64' train "${small[@]}" \
  --image-size 64 --teacher triplet/best.safetensors -o x
refuses 'teacher triplet/best.safetensors: was trained with another vocabulary of [0-9]+ words, this model has [0-9]+' train \
  "${small[@]}" --min-count 30 --teacher triplet/best.safetensors -o x
refuses 'no.safetensors' train "${small[@]}" --teacher no.safetensors -o x

# Probabilities: a module that ends in a sigmoid, alone.
probable=(--region-alignment camp-gated --global-alignment none --patch-alignment none)
for negatives in hardest all; do
  train "${small[@]}" "${probable[@]}" --epochs 4 --warmup-epochs 0 --loss cross-entropy --negatives "$negatives" -o "cross-$negatives" \
    >out.txt 2>err.txt || fail "cross-entropy: $(cat err.txt)"
  awk -v first="$(numbers ranking "cross-$negatives" | head -n 1)" -v last="$(numbers ranking "cross-$negatives" | tail -n 1)" \
    'BEGIN { exit !(last < first) }' || fail "cross-entropy does not fall: $(numbers ranking "cross-$negatives")"
done

# Scores that are no probabilities, and options out of their range.
refuses 'step 1 .*HardestCrossEntropy: scores\([0-9]+, [0-9]+\) is [-0-9.]+, expected a probability, from 0 to 1' train "${small[@]}" \
  --loss cross-entropy -o x
refuses "loss is 'infonce', expected triplet, annealed, contrastive, soft-label, sigmoid or cross-entropy" train --loss infonce -o x
refuses 'loss-temperature is 0, expected above 0' train --loss-temperature 0 -o x
refuses 'label-smoothing is 1, expected 0 or more and below 1' train --label-smoothing 1 -o x
refuses 'annealing is 1.5, expected from 0 to 1' train --annealing 1.5 -o x
