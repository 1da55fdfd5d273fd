# Table 4 by one command: the five models with two seeds, interrupted and gone on with; means, deviations and paired
# differences; what tells data and encoders from the paper's.
source "$MGAN_SOURCE/tests/program/lib.bash"

ablate() {
  train_command "$@"
  command=("$MGAN" ablate "${command[@]:3}")
  "${command[@]}"
}
small=(--train-scenes 32 --validation-scenes 8 --batch 8 --epochs 1 --warmup-epochs 0)

# Killed in the middle, the same command goes on: finished models are kept, and the figures are those of one sitting.
ablate "${small[@]}" --seeds 1 2 -o whole >whole.txt 2>err.txt || fail "$(cat err.txt)"
train_command "${small[@]}" --seeds 1 2 -o killed
"$MGAN" ablate "${command[@]:3}" >out.txt 2>&1 &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null || true' EXIT
for _ in $(seq 3000); do
  [ ! -e killed/no-global/seed-1/log.jsonl ] || break
  sleep 0.02
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
[ -e killed/full/seed-1/run.json ] || fail "killed before the first model was finished"
full=$(sha256sum killed/full/seed-1/last.safetensors)
ablate "${small[@]}" --seeds 1 2 -o killed >killed.txt 2>err.txt || fail "$(cat err.txt)"
grep -q 'full model, seed 1: was trained before' err.txt || fail "$(cat err.txt)"
[ "$full" = "$(sha256sum killed/full/seed-1/last.safetensors)" ] || fail "a finished model was trained again"
for model in full no-patch no-global no-region plain; do
  for seed in 1 2; do same_run whole/$model/seed-$seed killed/$model/seed-$seed; done
done
figures() { grep -vE '"(seconds|resumed|gflops|command|folder)"' "$1/metrics.json"; }
[ "$(figures whole)" = "$(figures killed)" ] || fail "other figures after a kill: $(diff <(figures whole) <(figures killed))"

# `mgan train` with the same options leaves the same run.
train "${small[@]}" --seed 2 --patch-alignment plain -o alone >out.txt
same_run alone whole/plain/seed-2

# The table: a row a model, the paper's beside it, and the reasons why they are not comparable.
for row in 'full model .* 522\.0$' 'without patches .* 499\.7 +-22\.3$' 'without global .* 492\.4 +-29\.6$' \
  'without regions .* 498\.2 +-23\.8$' 'plain aggregation .* 511\.7 +-10\.3$' 'without patches +75\.1  94\.8 .* 499\.7'; do
  grep -qE "^$row" whole.txt || fail "no row '$row' in: $(cat whole.txt)"
done
for reason in 'figures of val, the paper' 'not Flickr30K: 32 training images' 'regions are pixels' 'from random weights' \
  'width 32 instead of 2048'; do
  grep -q "$reason" whole.txt || fail "no reason '$reason' in: $(cat whole.txt)"
done
grep -q 'Not comparable with the paper' whole/report.html || fail "the page does not say so"

# Mean, deviation and difference of the row are those of the four checkpoints.
"$MGAN" evaluate whole/no-patch/seed-1/best.safetensors -o a.json >out.txt
"$MGAN" evaluate whole/no-patch/seed-2/best.safetensors -o b.json >out.txt
"$MGAN" evaluate whole/full/seed-1/best.safetensors -o c.json >out.txt
"$MGAN" evaluate whole/full/seed-2/best.safetensors -o d.json >out.txt
rsum() { sed '1,/"results"/d' "$1" | grep -m 1 '"rsum"' | tr -dc '0-9.'; }
row=$(grep -m 1 '^without patches' whole.txt)
awk -v a="$(rsum a.json)" -v b="$(rsum b.json)" -v c="$(rsum c.json)" -v d="$(rsum d.json)" -v row="$row" 'BEGIN {
  split(row, x, " ")
  mean = (a + b) / 2; deviation = sqrt((a - b) ^ 2 / 2); difference = mean - (c + d) / 2
  if ((x[9] - mean) ^ 2 > 0.003 || (x[10] - deviation) ^ 2 > 0.003 || (x[11] - difference) ^ 2 > 0.003) {
    print mean, deviation, difference, "expected in", row
    exit 1
  }
}' || fail "the row of 'without patches'"

# A seed fewer keeps what is there; other options are refused before anything is trained, by the first model that differs.
ablate "${small[@]}" --seeds 2 -o whole >out.txt 2>err.txt || fail "$(cat err.txt)"
[ "$(grep -c 'was trained before' err.txt)" -eq 5 ] || fail "$(cat err.txt)"
refuses 'whole/full/seed-1: trained with another configuration \(recipe/margin 0.2 -> 0.3\); --restart' ablate "${small[@]}" --margin 0.3 -o whole
refuses 'seeds: 3 stands there twice' ablate "${small[@]}" --seeds 3 3 -o x
refuses '--seeds? excludes --seeds?' ablate "${small[@]}" --seeds 3 --seed 4 -o x
refuses "this one has region 'views', global 'cosine', patch 'none'" ablate --patch-alignment none -o x
refuses 'patch-alignment is plain' ablate --patch-alignment plain -o x
refuses 'split testall: scenes is no folder' ablate --split testall -o x
[ ! -e x ] || fail "something was written before the options were looked at"

# Detector regions joined with a cache, and a test split that is not there: it is asked for by name alone.
photographs photos
tiny_encoders clip bert
"$MGAN" extract --vision clip --text bert --data photos/data.json --images photos -o cache >out.txt
mkdir precomp
scan_split precomp train 8 1
scan_split precomp dev 2 1
seq 0 7 >precomp/train_ids.txt
seq 8 9 >precomp/dev_ids.txt
for split in train dev; do
  while read -r i; do for _ in 1 2 3 4 5; do echo "a red board $i"; done; done <precomp/${split}_ids.txt >precomp/${split}_caps.txt
done
joined=(--data precomp --cache cache --preset mgan-small --batch 4 --epochs 1 --warmup-epochs 0 --width 16 -k 2)
"$MGAN" ablate "${joined[@]}" -o "it's #1" >out.txt 2>err.txt || fail "$(cat err.txt)"
for reason in 'region features have width 8' 'clip has image_size 32, not CLIP' 'bert has hidden_size 16, not BERT'; do
  grep -q "$reason" out.txt || fail "no reason '$reason' in: $(cat out.txt)"
done
eval "words=($(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "it's #1/metrics.json" | sed 's/\\\\/\\/g'))" # the stored command is one of a shell
[[ " ${words[*]} " == *" --output it's #1 "* ]] || fail "another command: ${words[*]}"
returns 2 "$MGAN" ablate "${joined[@]}" --split test -o fresh
grep -q 'test_ims.npy' err.txt || fail "$(cat err.txt)"
[ ! -e fresh/full ] || fail "a model was trained before the test split was looked for"
refuses 'patch .none.' "$MGAN" ablate --data precomp -o x
