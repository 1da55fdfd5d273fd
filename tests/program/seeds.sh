# mgan train --seeds: a run a seed as one alone leaves it, mean and deviation, intervals for any two; the same for demo.
source "$MGAN_SOURCE/tests/program/lib.bash"

seeds() {
  train_command --train-scenes 32 --validation-scenes 8 --batch 8 --epochs 1 --warmup-epochs 0 "$@"
  command=("$MGAN" train "${command[@]:3}")
  "${command[@]}"
}
one() { train --train-scenes 32 --validation-scenes 8 --batch 8 --epochs 1 --warmup-epochs 0 "$@"; }

seeds --seeds 1,2,3 -o all >all.txt 2>err.txt || fail "$(cat err.txt)"
one --seed 2 -o alone >out.txt
same_run alone all/seed-2
for row in 'seed 1 .*[0-9]$' 'seed 3 .*[0-9]$' 'mean .*\+- [0-9.]+ over seeds$' 'seed 2 - seed 1 +[-+][0-9.]+ \( *[-+][0-9.]+ to +[-+][0-9.]+\)$' \
  'seed 3 - seed 1 ' 'seed 3 - seed 2 '; do
  grep -qE "^$row" all.txt || fail "no row '$row' in: $(cat all.txt)"
done
grep -q 'paired bootstrap' all/report.html || fail "the page has no intervals"

# The figures are those of the checkpoints: mean, deviation, difference; an interval lies around its difference.
for seed in 1 2 3; do "$MGAN" evaluate all/seed-$seed/best.safetensors -o $seed.json >out.txt; done
rsum() { sed '1,/"results"/d' "$1" | grep -m 1 '"rsum"' | tr -dc '0-9.'; }
awk -v a="$(rsum 1.json)" -v b="$(rsum 2.json)" -v c="$(rsum 3.json)" -v text="$(grep '^mean' all.txt)" \
  -v pair="$(grep '^seed 2 - seed 1' all.txt | tr -d '(),+')" 'BEGIN {
  n = split(text, x, " "); split(pair, p, " ")
  mean = (a + b + c) / 3
  deviation = sqrt(((a - mean) ^ 2 + (b - mean) ^ 2 + (c - mean) ^ 2) / 2)
  if ((x[12] - mean) ^ 2 > 0.003 || (x[14] - deviation) ^ 2 > 0.003) { print mean, deviation, "expected in", text; exit 1 }
  if ((p[6] - (b - a)) ^ 2 > 0.011 || p[7] > p[6] || p[9] < p[6]) { print b - a, "expected in", pair; exit 1 }
}' || fail "the figures of $(cat all.txt)"

# --resume keeps finished runs and adds what is missing; without it all begin anew; another configuration is refused.
before=$(sha256sum all/seed-2/last.safetensors)
seeds --seeds 2,4 --resume -o all >out.txt 2>err.txt || fail "$(cat err.txt)"
grep -q 'seed 2: was trained before' err.txt || fail "$(cat err.txt)"
[ "$before" = "$(sha256sum all/seed-2/last.safetensors)" ] || fail "a finished run was trained again"
refuses 'all/seed-2: trained with another configuration \(recipe/margin 0.2 -> 0.3\); without --resume all are trained anew' \
  seeds --seeds 2,4 --margin 0.3 --resume -o all
seeds --seeds 2,4 --margin 0.3 -o all >out.txt 2>err.txt || fail "$(cat err.txt)"
grep -q 'was trained before' err.txt && fail "$(cat err.txt)"
refuses 'seeds: 3 stands there twice' seeds --seeds 3,3 -o x
refuses 'seeds: one seed, expected two or more' seeds --seeds 3 -o x
refuses '--seeds? excludes --seeds?' seeds --seeds 3,4 --seed 4 -o x
[ ! -e x ] || fail "something was written before the options were looked at"
