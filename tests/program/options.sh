# Options: values outside their range, unknown words, misspelt names; configurations in checkpoints; the page of them all.
source "$MGAN_SOURCE/tests/program/lib.bash"
export OMP_WAIT_POLICY=passive  # else the program starts itself once more

"$MGAN" options | diff "$MGAN_SOURCE/docs/configuration.md" - ||
  fail "docs/configuration.md is not what the program says: mgan options >docs/configuration.md"

# Numbers. The message opens with the option and says what is expected.
outside() {
  local option=$1 value=$2 expected=$3
  shift 3
  refuses "mgan: $option is '?$value'?, expected $expected\$" "$@" "$option" "$value"
}
for option in --validate-every --batch --epochs --captions-per-image --min-count --grid --width --max-words --image-size \
  --vision-width --text-heads --views --train-scenes -k; do
  outside $option 0 '(1|2|from 1) .*' train -o x
done
for option in --warmup-steps --warmup-epochs --decay-every --checkpoint-every --validation-images --epoch-steps \
  --patch-epochs --vision-layers --text-layers --tuned-layers; do
  outside $option -1 '(0 or more|from 0 to .*)' train -o x
done
for option in --learning-rate --clip --decay --temperature; do
  for value in 0 nan; do outside $option $value 'above 0' train -o x; done
done
for option in --weight-decay --granularity-loss --patch-loss --margin --text-learning-rate; do
  for value in -1 inf; do outside $option $value '0 or more' train -o x; done
done
for value in -0.1 1 nan; do outside --word-dropout $value '0 or more and below 1' train -o x; done
for option in --region-weight --interaction-start; do outside $option nan 'a finite number' train -o x; done
outside --seed -1 'an integer, 0 or more' train -o x
outside --width -1 'from 1 to 65536' train -o x
outside --max-words -1 'from 1 to 4096' train -o x
outside --epochs many 'an integer, from 1 to 1000000000' train -o x
outside --epochs 99999999999999999 'from 1 to 1000000000' train -o x
outside --epochs 99999999999999999999 'an integer, from 1 to 1000000000' train -o x
outside --epochs 1.5 'an integer, from 1 to 1000000000' train -o x
outside --learning-rate 1e-3x 'a number, above 0' train -o x
outside --restval maybe 'true or false' train -o x
refuses 'batch is 99999999999999999, but there are 64 training images \(--batch\)' train --batch 99999999999999999 -o y

outside -k 0 '1 or more' "$MGAN" search x y
for option in --folds --images-limit --ndcg-at --run-depth --bank-images --hub-k; do
  outside $option 0 '1 or more' "$MGAN" evaluate x
done
for option in --hub-beta --hub-temperature; do outside $option 0 'above 0' "$MGAN" evaluate x; done
outside --captions-per-image 0 '1 or more' "$MGAN" evaluate --scores x
outside --prune-rounds 0 '1 or more' "$MGAN" evaluate x --prune
outside --rescore 9 'from 10 to 1000000' "$MGAN" evaluate x
outside --shard 0 '16 or more' "$MGAN" index --checkpoint x -o y
outside --shard-images 0 '1 or more' "$MGAN" extract x
outside --max-words -1 'from 1 to 4096' "$MGAN" extract x
outside --grid 101 'from 1 to 100' "$MGAN" extract x
outside --train-scenes 0 'from 1 to 100000000' "$MGAN" extract x
outside --epochs 0 'from 1 to 1000000000' "$MGAN" compare
outside --seed -1 'an integer, 0 or more' "$MGAN" demo

# Numbers that do not go together.
refuses 'patch-size 5 does not divide --image-size 32' train --patch-size 5 -o x
refuses 'vision-heads 3 does not divide --vision-width 32' train --vision-heads 3 -o x
refuses 'text-heads 5 does not divide --text-width 32' train --text-heads 5 -o x
refuses 'k is 5, expected from 1 to 4, the patches of a picture of 32 x 32 pixels' train -k 5 -o x
refuses 'width is 33, expected an even number' train --width 33 --region-alignment none -o x
[ ! -e x ] || fail "something was written before the options were looked at"

# Words.
refuses "preset is 'papr', expected demo, paper, mgan-star, mgan or mgan-small" train --preset papr -o x
refuses "recipe is 'flickr8k', expected flickr30k or coco" train --recipe flickr8k -o x
refuses 'recipe coco: the preset demo has no epochs of the paper' train --recipe coco -o x
refuses "positions is 'grid', expected boxes or none" train --positions grid -o x
refuses "epoch-of is 'words', expected images or captions" train --epoch-of words -o x
refuses "balance is 'even', expected camera or as_printed" train --balance even -o x
refuses "ties is 'mean', expected pessimistic or expected" "$MGAN" evaluate x --ties mean
refuses "queries is 'some', expected all or listed" "$MGAN" evaluate x --queries some
refuses "split is 'train', expected val, test or testall" "$MGAN" evaluate x --split train
refuses "format is 'xml', expected text, json or html" "$MGAN" search x y --format xml
refuses "splits is 'dev', expected train, val, test or testall" "$MGAN" extract x --splits train,dev
refuses "slot is 'words', expected patch or region" "$MGAN" compare --slot words
refuses "boxes both: .* has no boxes of its own" train --data "$MGAN_SOURCE/README.md" --boxes both -o x

# Names.
refuses 'no command frobnicate; there are: .*train, ' "$MGAN" frobnicate
refuses 'no command trian; did you mean train\?' "$MGAN" trian
refuses 'a command is expected: .*evaluate' "$MGAN"
refuses 'train: no option --dta; did you mean --data\?' "$MGAN" train --dta scenes
refuses 'train: no option --validate-evry; did you mean --validate-every\?' "$MGAN" train --validate-evry=2
refuses 'train: no option --frobnicate$' "$MGAN" train --frobnicate
refuses "demo: what is 'scenes'\?" "$MGAN" demo scenes
refuses 'index: --checkpoint is required' "$MGAN" index -o x

# The configuration of a checkpoint, changed to another of the same length: one without a checksum (old.sh).
changed() {
  LC_ALL=C sed "s/$1/$2/" "$MGAN_SOURCE/tests/program/old/checkpoint.safetensors" >changed.safetensors
  ! cmp -s "$MGAN_SOURCE/tests/program/old/checkpoint.safetensors" changed.safetensors || fail "$1 is not in the checkpoint"
  refuses "changed.safetensors: config: $3\$" "$MGAN" evaluate changed.safetensors
}
changed '\\"scorer\\":\\"fused\\"' '\\"scorer\\":\\"fuzed\\"' \
  "model.scorer is 'fuzed', expected functor, fused, fused-bf16 or fused-int8"
changed '\\"epochs\\":2' '\\"epochs\\":0' 'recipe.epochs is 0, expected from 1 to 1000000000'
changed '\\"clip\\":2.0' '\\"clip\\":0.0' 'recipe.clip is 0.0, expected above 0'
changed '\\"restval\\":true' '\\"restval\\":1111' 'data.restval is 1111, expected true or false'
changed '\\"grid\\":2' '\\"grid\\":{' 'malformed JSON: .*'
changed '\\"min_count\\":2' '\\"min_knots\\":2' 'data.min_knots: this mgan has no such field'
changed '\\"patch_size\\":8' '\\"patch_size\\":0' 'model.patch_size is 0, expected from 1 to 16384'
