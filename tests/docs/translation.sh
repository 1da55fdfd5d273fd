#!/usr/bin/env bash
# translation.sh ROOT: a page in Chinese has the code blocks and the displayed formulas of the English page, in order.
set -euo pipefail
cd "$1"
# Blocks between fences that readers see, and what stands between $$ and $$; languages of fences left out.
shown() {
  awk '/^<!--/ && !/-->/ { hidden = 1 } hidden { if (/-->/) hidden = 0; next }
       /^ *```/ { inside = !inside; print "--"; next }
       inside { print; next }
       /^\$\$/ { formula = 1 } formula { print } formula && /\$\$$/ && !/^\$\$$/ { formula = 0 }' "$1"
}
code=0
compare() {
  diff <(shown "$1") <(shown "$2") || { echo "$2: its code or formulas are not those of $1"; code=1; }
  [ "$(shown "$1" | wc -l)" -gt 10 ] || { echo "$1: no code found"; code=1; }
}
compare README.md docs/README.zh.md
compare docs/mathematics.md docs/mathematics.zh.md
exit $code
