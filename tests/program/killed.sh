# Killed at every step of writing, a run resumes to the bits of one that was never killed.
source "$MGAN_SOURCE/tests/program/lib.bash"
kill_shim

run() { train --checkpoint-every 2 --epochs 1 --warmup-epochs 0 "$@"; }
run -o whole

step=0
while step=$((step + 1)); do
  rm -rf killed
  code=0
  train_command --checkpoint-every 2 --epochs 1 --warmup-epochs 0 -o killed
  killed_at "$step" "$PWD/killed" "${command[@]}" >out.txt 2>err.txt || code=$?
  [ "$code" -ne 0 ] || break  # the run has fewer steps
  [ "$code" -eq 137 ] || fail "step $step: exit code $code: $(cat err.txt)"
  run --resume -o killed >out.txt
  same_run whole killed
done
same_run whole killed  # the last one was not killed
[ "$step" -gt 20 ] || fail "only $step steps of writing: does the preloaded library see them?"
echo "killed at each of $((step - 1)) steps of writing"
