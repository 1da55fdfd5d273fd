# Files that an earlier mgan wrote (old/, 2026-11-29, before modes became types) are read, with the numbers of then: a
# checkpoint, an index of scenes, a cache of features.
source "$MGAN_SOURCE/tests/program/lib.bash"
cp -r "$MGAN_SOURCE/tests/program/old" .

# The command that made the checkpoint, at its first epoch of two.
made=(--train-scenes 32 --validation-scenes 4 --batch 16 --epochs 2 --warmup-epochs 1 --image-size 16 --patch-size 8
  --vision-width 8 --vision-layers 1 --text-width 8 --text-layers 1 --width 8 -k 2 --max-words 12 --regions tokens
  --boxes grid --grid 2 --augment flip --granularity-loss 1 --balance as_printed --learning-rate 0.01)

same_figures() {
  sed '/"checkpoints"/,/\]/d' "$1" >a.txt
  sed '/"checkpoints"/,/\]/d' "$2" | diff a.txt - || fail "$1 and $2 differ"
}
"$MGAN" evaluate old/checkpoint.safetensors -o now.json >out.txt 2>err.txt
same_figures old/checkpoint.json now.json
"$MGAN" evaluate old/checkpoint.safetensors --scorer functor --ties expected -o now.json >out.txt 2>err.txt
same_figures old/functor.json now.json

# Resumed, it is the same run: the options are those of its configuration, and other ones are refused by name.
mkdir run
cp old/checkpoint.safetensors run/last.safetensors
cp old/log.jsonl run/log.jsonl
returns 2 "$MGAN" train --quiet --resume "${made[@]/as_printed/camera}" -o run
grep -q 'another configuration (recipe/balance "as_printed" -> "camera")' err.txt || fail "$(cat err.txt)"
"$MGAN" train --quiet --resume "${made[@]}" -o run >out.txt 2>err.txt || fail "$(cat err.txt)"
[ "$(grep -c '"step"' run/log.jsonl)" -ge 4 ] || fail "the resumed run took no steps"

# Scores to four digits: what is behind them is rounding of another machine.
"$MGAN" search old/index --checkpoint old/checkpoint.safetensors 'a red circle above a blue square' -k 3 --format json \
  2>err.txt | tr -d ' \n' | grep -oE '"image":"[^"]*"|"score":[-0-9.e]*' >now.txt
paste -d ' ' old/search.txt now.txt | awk -F '[: ]' '
  { same = /image/ ? $2 == $4 : ($2 - $4) ^ 2 < 1e-8 }
  !same { print; bad = 1 }
  END { exit bad || NR != 15 }' || fail "the old index finds something else"

"$MGAN" extract --check old/cache >out.txt || fail "the old cache is not as it was written"
"$MGAN" train --quiet --data old/cache --boxes both --preset mgan-small --batch 4 --epochs 1 --warmup-epochs 0 --width 16 \
  -k 2 -o cached >out.txt 2>err.txt || fail "$(cat err.txt)"
sed -i 's/"preprocessing": "crop"/"preprocessing": "crap"/' old/cache/manifest.json
refuses 'old/cache/manifest.json: preprocessing is "crap", expected squash or crop' "$MGAN" extract --check old/cache
