#!/usr/bin/env bash
# budget.sh ROOT BUILD: counts what budget.txt limits. Skipped without compile_commands.json.
set -euo pipefail
root=$1 build=$2 status=0
[ -e "$build/compile_commands.json" ] || exit 77
read_by=$(ninja -C "$build" -t deps 2>/dev/null || true)

while read -r kind what most; do
  case $kind in
    units) count=$(grep -c "\"command\":.*CMakeFiles/$what\.dir/[^ ]*\.o -c" "$build/compile_commands.json" || true) ;;
    names) count=$({ grep -rlF "#include <$what>" "$root"/{include,examples,tests,benchmarks} --include='*.[ch]pp' || true; } | wc -l) ;;
    reads)
      [ -n "$read_by" ] || continue
      count=$(awk -v header="/$what" '/^[^ ]/ { seen = 0 } !seen && index($0 "\n", header "\n") { seen = 1; ++n } END { print n + 0 }' <<<"$read_by")
      ;;
    *) continue ;;
  esac
  verdict=ok
  [ "$count" -le "$most" ] || { verdict="FAILED: over budget" status=1; }
  printf '%-6s %-44s %4d of %4d  %s\n' "$kind" "$what" "$count" "$most" "$verdict"
done <"$root/tests/compile/budget.txt"
exit $status
