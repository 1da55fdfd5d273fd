# evaluate: lists of right answers, corrections for hubs, TREC files; of score files and of checkpoints.
source "$MGAN_SOURCE/tests/program/lib.bash"
evaluate() { "$MGAN" evaluate "$@"; }
says() { grep -qE -- "$1" "$2" || fail "no '$1' in $2: $(cat "$2")"; }

# f4 NUMBER...: little-endian bytes of multiples of 1/8 in -1..1, as printf takes them.
f4() {
  local x
  for x in "$@"; do
    case $x in
      0) printf '\0\0\0\0' ;;
      .125) printf '\0\0\0\76' ;;
      .25) printf '\0\0\200\76' ;;
      .375) printf '\0\0\300\76' ;;
      .5) printf '\0\0\0\77' ;;
      .625) printf '\0\0\40\77' ;;
      .75) printf '\0\0\100\77' ;;
      .875) printf '\0\0\140\77' ;;
      1) printf '\0\0\200\77' ;;
      *) fail "f4 $x" ;;
    esac
  done
}
matrix() { # FILE SHAPE NUMBER...
  local file=$1 header="{'descr': '<f4', 'fortran_order': False, 'shape': ($2), }"
  shift 2
  { printf '\223NUMPY\1\0\166\0%-117s\n' "$header" && f4 "$@"; } >"$file"
}

# Three images, two texts each. Image 2 is a hub: it is near to every text.
matrix s.npy '3, 6' \
  .75 .5 .25 0 .125 .375 \
  0 .125 .5 .25 .375 0 \
  .625 .625 .625 .5 1 .875
evaluate --scores s.npy --captions-per-image 2 >plain.txt
scores=(--scores s.npy --captions-per-image 2)

# Lists of own texts have the recalls of own texts.
cat >own.json <<'E2'
{"image_to_text": {"0": [0, 1], "1": [2, 3], "2": [4, 5]},
 "text_to_image": {"0": [0], "1": [0], "2": [1], "3": [1], "4": [2], "5": [2]}}
E2
evaluate "${scores[@]}" --relevance own.json --json own_figures.json >own.txt
says '^own.json: 3 of 3 images ask, 2.0 right texts each; 6 of 6 texts ask, 1.0 right images each$' own.txt
says '^s.npy +image -> text +3 +100.0 +100.0 +100.0 +1 +1.0 +83.3 +83.3 +97.3 +100.0$' own.txt
says '^s.npy +text -> image +6 +50.0 +100.0 +100.0 +1 +1.5 +50.0 +50.0 +81.5 +75.0$' own.txt
says '"map_at_r": 50.0' own_figures.json

# A second right image for text 3 makes it right; ids are rows, or the lines of a file.
cat >more.json <<'E2'
{"57": [770, 771], "58": [772, 773], "59": [773, 774, 775]}
E2
printf '%s\n' 57 58 59 >images.txt
printf '%s\n' 770 771 772 773 774 775 >texts.txt
named=(--image-ids images.txt --text-ids texts.txt)
evaluate "${scores[@]}" --relevance image_to_text=more.json "${named[@]}" >more.txt
says '^more.json: 3 of 3 images ask, 2.3 right texts each$' more.txt
! grep -q 'text -> image +[0-9]' more.txt || fail "a direction without lists was judged"
refuses "more.json: does not say which side asks" evaluate "${scores[@]}" --relevance more.json "${named[@]}"
refuses "more.json: queries: '57' is no image of the 3" evaluate "${scores[@]}" --relevance image_to_text=more.json
refuses "a second list of image_to_text" evaluate "${scores[@]}" --relevance image_to_text=more.json own.json "${named[@]}"
head -2 images.txt >short.txt
refuses 'short.txt: 2 ids for 3 images' evaluate "${scores[@]}" --relevance image_to_text=more.json --image-ids short.txt
printf '%s\n' 57 58 57 >twice.txt
refuses "twice.txt: line 3: the id '57' stands there twice" evaluate "${scores[@]}" --relevance image_to_text=more.json --image-ids twice.txt

# A query without a list is named; a list without an item always.
echo '{"0": [0], "4": [2]}' >some.json
some=(--relevance text_to_image=some.json)
refuses "some.json: 4 of 6 texts have no list \(first '1'\); --queries listed" evaluate "${scores[@]}" "${some[@]}"
evaluate "${scores[@]}" "${some[@]}" --queries listed >some.txt
says 'some.json: 2 of 6 texts ask' some.txt
evaluate "${scores[@]}" "${some[@]}" --own-relevant >some.txt
says 'some.json: 6 of 6 texts ask' some.txt
echo '{"0": [0], "4": []}' >none.json
refuses "none.json: query '4' has no right image" evaluate "${scores[@]}" --relevance text_to_image=none.json --queries listed

# CxC's ratings.
printf 'image,caption,agg_score,sampling_method\n0,0,5,a\n0,1,4,a\n1,2,3,a\n1,3,3.5,b\n2,4,5,a\n2,5,5,a\n2,3,2.9,b\n' >cxc.csv
evaluate "${scores[@]}" --relevance cxc.csv >cxc.txt
says '^s.npy +text -> image +6 +50.0 ' cxc.txt
evaluate "${scores[@]}" --relevance cxc.csv --relevant-from 2.5 >cxc.txt
says '^s.npy +text -> image +6 +66.7 ' cxc.txt

# Runs and qrels go out and come back with the same figures.
evaluate "${scores[@]}" --relevance own.json --write-run image_to_text=i.run text_to_image=t.run \
  --write-qrels image_to_text=i.qrels text_to_image=t.qrels >own.txt
[ "$(head -1 t.run)" = '0 Q0 0 1 0.75 mgan' ] || fail "$(head -3 t.run)"
[ "$(head -1 i.qrels)" = '0 0 0 1' ] || fail "$(head -3 i.qrels)"
evaluate --run image_to_text=i.run text_to_image=t.run --relevance image_to_text=i.qrels text_to_image=t.qrels >back.txt
figures() { grep -E "(image -> text|text -> image) +[0-9]" "$1" | sed 's/^.*   \(image ->\|text ->\)/\1/'; }
[ "$(figures own.txt)" = "$(figures back.txt)" ] || fail "$(cat own.txt back.txt)"
evaluate "${scores[@]}" --write-qrels text_to_image=plain.qrels >out.txt
cmp plain.qrels t.qrels

# A short list decides what it can, and the rest is said.
evaluate "${scores[@]}" --relevance own.json --write-run text_to_image=short.run --run-depth 1 >out.txt
evaluate --run text_to_image=short.run --relevance text_to_image=t.qrels --json short.json >short.txt
says 'text -> image +6 +50.0 +- +- +- +- +50.0 +50.0 +- +-$' short.txt
says "short.run: MRR is not decided: 3 lists are too short, first that of '1' with 1 candidates" short.txt
says '"mrr": null' short.json
grep -v '^0 ' t.run >fewer.run
refuses "t.qrels: queries: '0' is no text of the 5" evaluate --run text_to_image=fewer.run --relevance text_to_image=t.qrels
seq 0 5 >six.txt
refuses "fewer.run: query '0' of t.qrels has no list" evaluate --run text_to_image=fewer.run --relevance text_to_image=t.qrels --text-ids six.txt
refuses 'run needs --relevance' evaluate --run text_to_image=t.run
refuses "run is 't.run', expected image_to_text=FILE" evaluate --run t.run --relevance text_to_image=t.qrels
refuses 'relevance has no image_to_text' evaluate --run image_to_text=i.run --relevance text_to_image=t.qrels
sed '2s/0.625/0.9/' t.run >order.run
refuses 'order.run: line 2: rank 2 has a better score than rank 1' evaluate --run text_to_image=order.run --relevance text_to_image=t.qrels

# Corrections: the hub comes down. Transductive where the bank is the test queries, and it says so.
evaluate "${scores[@]}" --correct csls inverted-softmax query-bank dual-softmax sinkhorn --hub-k 2 --json corrected.json >corrected.txt
says '^corrected for hubs; transductive: the bank is the test queries' corrected.txt
for name in csls inverted-softmax query-bank dual-softmax sinkhorn; do says "^$name \(transductive\) .* 100.0 100.0 100.0 " corrected.txt; done
awk '/^csls/ { exit !($8 > 66) }' corrected.txt || fail "csls does not mend text -> image: $(cat corrected.txt)"
says '"bank": "corrected for hubs; transductive' corrected.json
evaluate "${scores[@]}" --correct csls --relevance own.json >both.txt
says '^csls \(transductive\) +text -> image +6 ' both.txt

# A bank of other queries, whose candidates are these.
matrix bank_t.npy '3, 4' .25 .25 0 .125 .125 .25 .125 .25 .875 1 .875 .75
matrix bank_i.npy '2, 6' .25 .25 0 .125 .125 .25 .125 .25 .375 .5 .5 .5
bank=(--bank image_to_text=bank_i.npy text_to_image=bank_t.npy)
evaluate "${scores[@]}" --correct csls query-bank "${bank[@]}" >bank.txt
says '^corrected for hubs; the bank is bank_i.npy, bank_t.npy$' bank.txt
says '^csls \(bank\)' bank.txt
! grep -q transductive bank.txt || fail "$(cat bank.txt)"
refuses "bank_i.npy: the bank is \(2, 6\), expected \(3, bank's texts\): the images of s.npy" \
  evaluate "${scores[@]}" --correct csls --bank text_to_image=bank_i.npy image_to_text=bank_i.npy
refuses 'bank has no image_to_text=FILE' evaluate "${scores[@]}" --correct csls --bank text_to_image=bank_t.npy
refuses 'nosuch.npy: cannot read' evaluate "${scores[@]}" --correct csls --bank text_to_image=nosuch.npy image_to_text=bank_i.npy
refuses 'bank train: score files have no training split' evaluate "${scores[@]}" --correct csls --bank train
refuses "bank is 'val', expected queries, train, image_to_text=FILE" evaluate "${scores[@]}" --correct csls --bank val
refuses 'sinkhorn balances the queries themselves and takes no --bank' evaluate "${scores[@]}" --correct sinkhorn "${bank[@]}"
refuses 'bank is of --correct' evaluate "${scores[@]}" "${bank[@]}"
refuses "correct is 'cls', expected csls, inverted-softmax, query-bank, dual-softmax or sinkhorn" evaluate "${scores[@]}" --correct cls
refuses 'hub-k is 0, expected 1 or more' evaluate "${scores[@]}" --correct csls --hub-k 0

# Ties that decide a figure are said, with the texts that make them.
matrix tied.npy '2, 4' .75 .25 .5 .5 .25 .125 .75 1
evaluate --scores tied.npy --captions-per-image 2 >out.txt 2>err.txt
[ ! -s err.txt ] || fail "a tie that decides nothing: $(cat err.txt)"
matrix tied.npy '2, 4' .75 .25 .75 0 .5 .125 .5 1
evaluate --scores tied.npy --captions-per-image 2 >out.txt 2>err.txt
says 'candidates that tie .* decide a recall of 1 images and 0 texts, and cost .* first texts 0 and 2; --ties expected' err.txt

# A checkpoint: its own scores, whole, block by block, and of a file, have one set of figures.
train -o a >out.txt
evaluate a/best.safetensors --write-scores a.npy >out.txt
for ((i = 0; i < 16; ++i)); do echo "\"$i\": [$((5 * i)), $((5 * i + 1)), $((5 * ((i + 1) % 16)))]"; done | paste -sd, | sed 's/^/{/; s/$/}/' >lists.json
judged=(--relevance image_to_text=lists.json --correct csls query-bank --hub-k 3)
tail_of() { sed -n '/^corrected for hubs/,$p' "$1" | sed 's/^\(all granularities\|a.npy\) */scores /; s/  */ /g'; }
evaluate a/best.safetensors "${judged[@]}" >whole.txt
evaluate a/best.safetensors "${judged[@]}" --streaming >streamed.txt
evaluate --scores a.npy "${judged[@]}" >file.txt
[ -n "$(tail_of whole.txt)" ] || fail "$(cat whole.txt)"
[ "$(tail_of whole.txt)" = "$(tail_of streamed.txt)" ] || fail "$(cat whole.txt streamed.txt)"
[ "$(tail_of whole.txt)" = "$(tail_of file.txt)" ] || fail "$(cat whole.txt file.txt)"

# Captions of the training split as the bank.
evaluate a/best.safetensors --correct csls --bank train --bank-images 32 >bank.txt
says '^corrected for hubs; the bank is 32 images and 160 captions of train$' bank.txt
evaluate a/best.safetensors --correct csls --bank train --bank-images 32 --streaming >streamed.txt
[ "$(tail_of bank.txt)" = "$(tail_of streamed.txt)" ] || fail "$(cat bank.txt streamed.txt)"
refuses 'bank train takes one checkpoint' evaluate a/best.safetensors a/best.safetensors --correct csls --bank train
refuses 'bank of files is of --scores' evaluate a/best.safetensors --correct csls "${bank[@]}"
evaluate a/best.safetensors a/best.safetensors "${judged[@]}" >twice.txt
says '^ensemble of 2 .* image -> text +16 ' twice.txt
refuses 'sinkhorn needs the whole score matrix' evaluate a/best.safetensors --correct sinkhorn --streaming
refuses 'are of all images: without --folds' evaluate a/best.safetensors --correct csls --folds 4
refuses 'prune leaves out most scores' evaluate a/best.safetensors --correct csls --prune

# Photographs of a JSON are known by file name, and captions by their ids; a bank that is not there is named.
photographs photos
train --data photos/data.json --batch 4 -o p >out.txt
echo '{"8.png": [8], "9": [9]}' >photos.json
refuses "photos.json: queries: .* is no image of the 2, which are known by name, " evaluate p/best.safetensors --relevance image_to_text=photos.json
echo '{"8": [8], "9": [9]}' >photos.json
evaluate p/best.safetensors --relevance image_to_text=photos.json >out.txt
says '^photos.json: 2 of 2 images ask' out.txt
rm photos/0.png
refuses 'bank train: .*0.png' evaluate p/best.safetensors --correct csls --bank train
