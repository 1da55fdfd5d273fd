# Every module that --help names trains in its slot, and a comparison of two prints their table and page.
source "$MGAN_SOURCE/tests/program/lib.bash"

names() { "$MGAN" train --help | grep -A 1 -e "--$1-alignment" | tail -n 1 | sed "s/.*or none: //" | tr -d ' ' | tr ',' ' '; }
for slot in region patch; do
  [ "$(names $slot | wc -w)" -ge 14 ] || fail "--help names few modules: $(names $slot)"
  for module in $(names $slot); do
    train --epochs 1 --train-scenes 16 --validation-scenes 4 "--$slot-alignment" "$module" -o one >out.txt 2>err.txt ||
      fail "$slot $module: $(cat err.txt)"
    grep -q 'trained in' out.txt || fail "$slot $module: $(cat out.txt)"
  done
done

returns 0 "$MGAN" compare --quick --epochs 1 --module interaction --module scan-t2i -o both
for row in interaction scan-t2i; do grep -qE "^$row +[0-9]" out.txt || fail "no row '$row': $(cat out.txt)"; done
grep -q '"microseconds_a_pair"' both/metrics.json || fail "no time a pair in metrics.json"
grep -q '<td>scan-t2i</td>' both/report.html || fail "no scan-t2i in report.html"
