# The quick demo, killed in the middle and run again; one self-contained page comes out.
source "$MGAN_SOURCE/tests/program/lib.bash"

demo() { "$MGAN" demo --quick -o demo "$@"; }
"$MGAN" demo --quick -o demo >killed.txt 2>&1 &  # not the function: its shell would be killed, and it would go on
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null || true' EXIT
for _ in $(seq 3000); do
  [ ! -e demo/no-patch/log.jsonl ] || break
  sleep 0.1
done
refuses 'demo: another mgan demo is at work here' demo
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
full=$(sha256sum demo/full/last.safetensors)

demo 2>err.txt >out.txt
[ "$full" = "$(sha256sum demo/full/last.safetensors)" ] || fail "a finished run was trained again"
grep -q 'full model: was trained before' err.txt || fail "$(cat err.txt)"
for row in 'full model' 'without patches' 'without global' 'without regions' 'plain aggregation'; do
  grep -q "^$row " out.txt || fail "no row '$row' in: $(cat out.txt)"
done
grep -q '"chance_rsum": 15.89' demo/metrics.json || fail "chance is not 15.89"

for run in full no-patch no-global no-region plain; do
  [ "$(grep -c '"loss"' demo/$run/log.jsonl)" -eq 48 ] || fail "$run: not every step is logged once"
done

page=demo/report.html
[ "$(head -n 1 $page)" = '<!doctype html>' ] && [ "$(tail -n 1 $page)" = '</html>' ] || fail "not a whole page"
! grep -qE '(src|href)="[^d#]|url\(|@import|<script' $page || fail "the page needs something from outside"
[ "$(grep -o 'src="data:image/png;base64,' $page | wc -l)" -ge 20 ] || fail "pictures are missing"

refuses 'demo/full: trained with another configuration \(recipe/seed 1 -> 2\); --restart' demo --seed 2
