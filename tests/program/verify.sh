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

# Every precision and report; the last line is the same for people and machines.
returns 0 "$MGAN" verify "$cases" --scalar bf16 --json all.json --junit all.xml
last=$(tail -n 1 out.txt)
grep -q "\"passed\": ${last%% *}," all.json || fail "all.json does not say '$last'"
grep -q '^  <testsuite name="patch_alignment" ' all.xml || fail "all.xml has no suite of patch_alignment"
grep -qE '^patch_alignment +[0-9]+ +0 +[0-9]+ ' out.txt || fail "no summary of patch_alignment"
returns 1 "$MGAN" verify "$cases" --module patch_alignment --scalar f32 --atol 0 --rtol 0 --backend eigen
! grep -q global_alignment out.txt || fail "--module did not choose"
returns 2 "$MGAN" verify "$cases" --atol 2
returns 2 "$MGAN" verify "$cases" --module nosuch
returns 2 "$MGAN" verify

# Cases that the library writes pass on both backends; the same seed gives the same bytes, another one others.
returns 0 "$MGAN" verify --write one
grep -qE '^[1-9][0-9] written$' out.txt || fail "last line: $(tail -n 1 out.txt)"
written=$(tail -n 1 out.txt)
returns 0 "$MGAN" verify one
passed=$(tail -n 1 out.txt)
[ "${passed%% *}" -gt $((2 * ${written%% *})) ] && [[ $passed == *" passed, 0 failed, "* ]] || fail "$passed"
returns 0 "$MGAN" verify --write two --module naaf
cmp one/naaf-seed1.safetensors two/naaf-seed1.safetensors || fail "the same seed writes other bytes"
returns 0 "$MGAN" verify --write two --module naaf --seed 2
! cmp -s two/naaf-seed1.safetensors two/naaf-seed2.safetensors || fail "another seed writes the same bytes"
returns 2 "$MGAN" verify --write two --module nosuch
# What a reference expects is not kept: the library's own numbers take its place.
returns 0 "$MGAN" verify --write mended bad/value.safetensors
returns 0 "$MGAN" verify mended

# The fused sweep passes its modules in single precision, and says what it leaves to others.
returns 0 "$MGAN" verify "$cases" --backend fused
grep -qE '^patch_alignment-[a-z_]+ +patch_alignment +fused f32 .* ok' out.txt || fail "$(cat out.txt)"
grep -q 'not a module of the fused sweep' out.txt || fail "$(cat out.txt)"
