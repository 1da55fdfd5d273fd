#!/usr/bin/env bash
# promises.sh ROOT: every test that docs/reliability.md names is there.
set -euo pipefail
cd "$1"
code=0 count=0
while IFS= read -r name; do
  count=$((count + 1))
  case $name in
    "program: "*) [ -e "tests/program/${name#program: }.sh" ] || { echo "no test '$name'" && code=1; } ;;
    "compile: "* | "golden: "*) grep -rqF "NAME \"$name\"" tests || { echo "no test '$name'" && code=1; } ;;
    *) grep -rqF "TEST_CASE(\"$name\"" tests || { echo "no test '$name'" && code=1; } ;;
  esac
done < <(awk -F'|' '/^\| / && NF >= 4 { print $3 }' docs/reliability.md | grep -oE '`[^`]+`' | tr -d '`')
[ "$count" -gt 20 ] || { echo "docs/reliability.md: $count tests found" && code=1; }
exit $code
