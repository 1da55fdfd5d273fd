# Killed again and again at random moments, a run resumes to the bits of one that was never killed. SEED repeats a test.
source "$MGAN_SOURCE/tests/program/lib.bash"

RANDOM=${SEED:=$((RANDOM))}
echo "SEED=$SEED"
export SEED
run() { train --checkpoint-every 1 --epochs 6 "$@"; }
began=${EPOCHREALTIME/[.,]/}
run -o whole
took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))  # milliseconds

for round in 1 2 3; do
  rm -rf killed
  for kill in 1 2 3 4 5; do
    delay=$((RANDOM * 32768 + RANDOM))
    delay=$((delay % took))
    train_command --checkpoint-every 1 --epochs 6 --resume -o killed
    "${command[@]}" >out.txt 2>err.txt &
    pid=$!
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    kill -KILL "$pid" 2>/dev/null || true
    code=0
    wait "$pid" 2>/dev/null || code=$?
    [ "$code" -eq 137 ] || [ "$code" -eq 0 ] || fail "round $round, kill $kill: exit code $code: $(cat err.txt)"
  done
  run --resume -o killed
  same_run whole killed
done
