# Commands of README.md and docs/*.md: every option is one that --help lists, and none that is required is left out.
source "$MGAN_SOURCE/tests/program/lib.bash"

# FILE:LINE<TAB>command, from code blocks alone; a line that ends in a backslash goes on.
commands() {
  awk 'FNR == 1 { block = 0; part = "" }
    /^ *```/ { block = !block; next }
    block || /^    / {
      line = part $0; part = ""
      if (line ~ /\\$/) { part = substr(line, 1, length(line) - 1) " "; next }
      sub(/ #.*/, "", line)
      if (match(line, /(^|[ \/$])mgan (ablate|compare|demo|evaluate|extract|index|search|train|verify)( |$)/))
        print FILENAME ":" FNR "\t" substr(line, RSTART)
    }' "$MGAN_SOURCE/README.md" "$MGAN_SOURCE"/docs/*.md
}

count=0
while IFS=$'\t' read -r place line; do
  line=${line#*mgan }
  line=${line%%[|>;&]*}
  sub=${line%% *}
  if [ ! -f "help.$sub" ] && ! "$MGAN" "$sub" --help >"help.$sub" 2>/dev/null; then
    rm "help.$sub"
    [ "$sub" = verify ] || fail "$place: mgan $sub has no help"
    continue # a program of its own, which need not be built
  fi
  while read -r option; do
    grep -qE -- "(^|[ ,])$option([ ,]|$)" "help.$sub" || fail "$place: mgan $sub has no option $option: $line"
  done < <(sed -E "s/\"[^\"]*\"|'[^']*'//g" <<<"$line" | grep -oE '(^| )--?[a-z][a-z0-9-]*' | tr -d ' ')
  while read -r required; do
    found=0
    for name in ${required//,/ }; do [[ " $line " != *" $name "* ]] || found=1; done
    [ "$found" -eq 1 ] || [[ $line == *...* ]] || fail "$place: mgan $sub needs $required: $line"
  done < <(grep -E '^ +-.* REQUIRED' "help.$sub" | grep -oE '^ +[-a-z,]+' | tr -d ' ')
  count=$((count + 1))
done < <(commands)
[ "$count" -ge 30 ] || fail "only $count commands were found"
