#!/usr/bin/env bash
# must_fail.sh SOURCE COMPILER OPTIONS...: passes when SOURCE does not compile, its `// expect: WORDS` appear in what the
# compiler prints, and that is at most 20 lines. Its `// flags: WORDS` are options. A file with `#ifdef FIXED` must compile with -DFIXED: it fails for its own
# reason alone.
set -euo pipefail
source=$1
shift
read -ra flags < <(sed -n 's|^// flags: ||p' "$source") || true
set -- "$@" "${flags[@]}"
words=$(sed -n 's|^// expect: ||p' "$source")
[ -n "$words" ] || { echo "$source: no line '// expect: WORDS'"; exit 1; }

if output=$("$@" -fsyntax-only -fno-diagnostics-color "$source" 2>&1); then
  echo "$source compiled, but must not"
  exit 1
fi
status=0
while IFS= read -r line; do
  grep -qF -- "$line" <<<"$output" || { echo "The message lacks the words: $line"; status=1; }
done <<<"$words"
lines=$(wc -l <<<"$output")
[ "$lines" -le 20 ] || { echo "The message has $lines lines, more than 20"; status=1; }
if grep -q '^#if.*FIXED' "$source" && ! fixed=$("$@" -DFIXED -fsyntax-only "$source" 2>&1); then
  printf 'It must compile with -DFIXED, but:\n%s\n' "$fixed"
  status=1
fi
head -n 60 <<<"$output"
exit $status
