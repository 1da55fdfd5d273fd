# A disk that is full, played by a limit on the size of files: a clear error, and the last checkpoint stays and resumes.
source "$MGAN_SOURCE/tests/program/lib.bash"
kill_shim

run() { train --checkpoint-every 2 "$@"; }
run -o whole
size=$(stat -c %s whole/last.safetensors)

# A run that got as far as its first checkpoint, and no further.
for step in $(seq 8 40); do
  rm -rf full
  code=0
  train_command --checkpoint-every 2 -o full
  killed_at "$step" "$PWD/full" "${command[@]}" >out.txt 2>&1 || code=$?
  [ "$code" -eq 137 ] || fail "step $step: exit code $code"
  [ ! -e full/last.safetensors ] || break
done
[ -e full/last.safetensors ] || fail "no checkpoint after $step steps"
cp full/last.safetensors good.safetensors

limited() { (ulimit -f $((size / 2048)) && exec "$@"); }  # half of what a checkpoint takes
train_command --checkpoint-every 2 --resume -o full
refuses 'full/(last|best)\.safetensors: cannot write .*(File too large|No space)' \
  limited "${command[@]}"
cmp good.safetensors full/last.safetensors || fail "the last good checkpoint was touched"
[ -z "$(find full -name '*.mgan-tmp')" ] || fail "a temporary file is left"

run --resume -o full
same_run whole full
