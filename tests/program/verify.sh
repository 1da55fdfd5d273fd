# Exit codes of verify: 0 all passed, 1 a value failed, 2 a case could not be run, or nothing passed.
source "$MGAN_SOURCE/tests/program/lib.bash"
cases=$MGAN_SOURCE/tests/golden/cases

returns 0 "$MGAN" verify "$cases"
grep -qE '^[1-9][0-9]* passed, 0 failed, [0-9]+ skipped$' out.txt || fail "last line: $(tail -n 1 out.txt)"
returns 0 "$MGAN" verify "$cases" --scalar f32

mkdir bad empty
name=patch_alignment-row
cp "$cases/$name.safetensors" bad/value.safetensors
# The last byte of the file is the exponent of a double.
printf '\x7f' | dd of=bad/value.safetensors bs=1 seek=$(($(stat -c %s bad/value.safetensors) - 1)) conv=notrunc status=none
returns 1 "$MGAN" verify bad/value.safetensors
grep -q FAILED out.txt || fail "no FAILED in: $(cat out.txt)"

cp "$cases/$name.safetensors" bad/unknown.safetensors
sed -i 's/patch_alignment/patch_nonsense/g' bad/unknown.safetensors  # as long as before
returns 2 "$MGAN" verify bad/unknown.safetensors
head -c 200 "$cases/$name.safetensors" >bad/truncated.safetensors
returns 2 "$MGAN" verify bad/truncated.safetensors
returns 2 "$MGAN" verify bad "$cases"
grep -q ' ok' out.txt || fail "one bad case stopped the others"
returns 2 "$MGAN" verify empty
returns 2 "$MGAN" verify nosuch
