# Exit codes of verify: 0 all passed, 1 a value failed, 2 a case could not be run, or nothing passed.
source "$MGAN_SOURCE/tests/program/lib.bash"
cases=$MGAN_SOURCE/tests/golden/cases
says() { grep -qE -- "$1" out.txt err.txt || fail "no '$1' in: $(cat out.txt err.txt)"; }

returns 0 "$MGAN" verify "$cases"
grep -qE '^[1-9][0-9]* passed, 0 failed, [0-9]+ skipped$' out.txt || fail "last line: $(tail -n 1 out.txt)"
returns 0 "$MGAN" verify "$cases" --scalar f32

"$MGAN" verify --page | diff "$MGAN_SOURCE/docs/modules.md" - ||
  fail "docs/modules.md is not what the program says: mgan verify --page >docs/modules.md"

mkdir bad empty
name=patch_alignment-row
cp "$cases/$name.safetensors" bad/value.safetensors
# The last byte of the file is the exponent of a double.
printf '\x7f' | dd of=bad/value.safetensors bs=1 seek=$(($(stat -c %s bad/value.safetensors) - 1)) conv=notrunc status=none
returns 1 "$MGAN" verify bad/value.safetensors
grep -q FAILED out.txt || fail "no FAILED in: $(cat out.txt)"

cp "$cases/$name.safetensors" bad/unknown.safetensors
sed -i 's/patch_alignment/patch_unaligned/g' bad/unknown.safetensors  # as long as before
returns 2 "$MGAN" verify bad/unknown.safetensors
says "unknown module 'patch_unaligned'; there are: .*aosm, .*patch_alignment, "
head -c 200 "$cases/$name.safetensors" >bad/truncated.safetensors
returns 2 "$MGAN" verify bad/truncated.safetensors
returns 2 "$MGAN" verify bad "$cases"
grep -q ' ok' out.txt || fail "one bad case stopped the others"
returns 2 "$MGAN" verify empty
returns 2 "$MGAN" verify nosuch

# What is misspelt is named, with what there is in its place, whatever the backend.
misspelt() {  # misspelt FROM TO WORDS: as long as before
  cp "$cases/$name.safetensors" misspelt.safetensors
  sed -i "s/$1/$2/g" misspelt.safetensors
  for backend in eigen torch fused; do
    returns 2 "$MGAN" verify misspelt.safetensors --backend $backend
    says "$3"
  done
}
misspelt '"convention' '"conventoin' "unknown config 'conventoin'; there are: convention, temperature"
misspelt '"row' '"roe' "config 'convention' is \"roe\", expected one of: column, row"
misspelt '"temperature' '"temperatuer' "config has no 'temperature'"
misspelt param.A4 param.a4 "no tensor 'param.A4'; there are: param.A1, param.A2, param.A3, param.a4"
misspelt input.words input.wordz "no tensor 'input.words'; there are: .*input.wordz"
misspelt input.word_lengths input.word_lenghts "unknown tensor 'input.word_lenghts'; module patch_alignment reads: .*input.word_lengths"
misspelt expect.scores expect.scorez "has no output 'expect.scorez'; it has: expect.patch_to_word, expect.scores"
misspelt grad.input.words grad.input.wordz "no input or weight for 'grad.input.wordz'"

# A file in single precision is not wrong to 1e-10 in silence; which images and captions differ is said.
single() {  # cosines of (1, 1) and (1, 0) with (1, 0), the second one wrong where $1 is bad
  local header
  header='{"__metadata__":{"mgan_case":"1","module":"global_alignment"},"input.image":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},'
  header+='"input.text":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]},"expect.scores":{"dtype":"F32","shape":[2,1],"data_offsets":[24,32]}}'
  printf "\\x$(printf %02x $((${#header} % 256)))\\x$(printf %02x $((${#header} / 256)))\\0\\0\\0\\0\\0\\0%s" "$header"
  local one='\0\0\x80\x3f' zero='\0\0\0\0'
  printf "$one$one$one$zero$one$zero"
  printf '\xf3\x04\x35\x3f'
  [ "$1" = bad ] && printf "$zero" || printf "$one"
}
single good >single.safetensors
returns 1 "$MGAN" verify single.safetensors --backend eigen
says "'expect.scores' is F32 in the file, but is judged as double: --scalar f32 has the tolerance"
returns 0 "$MGAN" verify single.safetensors --backend eigen --scalar f32
single bad >single.safetensors
returns 1 "$MGAN" verify single.safetensors --backend eigen
says "expect.scores\(1, 0\) is 1, expected 0; 2 of 2 are wrong, in all rows and all columns"

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
says 'gradients are printed, not judged, in f32'
grep -q 'not a module of the fused sweep' out.txt || fail "$(cat out.txt)"
