# Shared by field.sh and field_bad_input.sh: folders as users of the field have them, with tiny random encoders.
# shellcheck shell=bash
source "$MGAN_SOURCE/tests/program/lib.bash"

# Two photographs of 40 x 30 pixels: red beside white, blue above green.
red_png=iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAAL0lEQVR42u3NMQ0AAAjAMJTgXwpykIAHeDi67G9U5vo+FGAwGAwGg8FgMBgM/gsPdAv5WZB0VgYAAAAASUVORK5CYII=
green_png=iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAANElEQVR42u3NMQ0AMAgAMERMxEQgdnKQNQ88HDTp3zhZI0IsFovb8X05QiwWi8VisXhR/AHI3OI9TKQBpwAAAABJRU5ErkJggg==

# subject ID: words of the tiny BERT that 96 neighbouring ids do not share.
subject() {
  local sizes=(small large) colours=(red green blue yellow) shapes=(circle square triangle) places=(above below left right)
  echo "${sizes[$1 % 2]} ${colours[$1 / 2 % 4]} ${shapes[$1 / 8 % 3]} ${places[$1 / 24 % 4]}"
}

# field_split FOLDER NAME REPEATS ID...: features, boxes, sizes, captions and ids of these images.
field_split() {
  local folder=$1 name=$2 repeats=$3 id c r
  shift 3
  mkdir -p "$folder"
  scan_split "$folder" "$name" $# "$repeats"
  for id; do
    for ((r = 0; r < repeats; ++r)); do echo "$id"; done
  done >"$folder/${name}_ids.txt"
  for id; do
    for c in 0 1 2 3 4; do echo "A $(subject "$id") , and $c ."; done
  done >"$folder/${name}_caps.txt"
}
# field_pictures FOLDER PREFIX ID...: a photograph each, and lines of id_mapping.json on the output.
field_pictures() {
  local folder=$1 prefix=$2 id
  shift 2
  for id; do
    mkdir -p "$(dirname "$folder/$prefix$id")"
    base64 -d >"$folder/$prefix$id.jpg" <<<"$([ $((id % 2)) -eq 0 ] && echo "$red_png" || echo "$green_png")"
    printf '"%s": "%s.jpg"\n' "$id" "$prefix$id"
  done
}
# json_object FILE: lines as the members of an object.
json_object() { sed '1s/^/{/; $!s/$/,/; $s/$/}/' >"$1"; }
# karpathy FILE KEY FOLDER PREFIX SPLIT ID...: what Karpathy's JSON has of these images, in lines.
karpathy() {
  local key=$1 folder=$2 prefix=$3 split=$4 id c
  shift 4
  for id; do
    printf '{"%s":%d,"imgid":%d,%s"filename":"%s.jpg","split":"%s","sentences":[' "$key" "$id" "$((id + 7))" \
      "${folder:+\"filepath\":\"$folder\",}" "$prefix$id" "$split"
    for c in 0 1 2 3 4; do
      printf '%s{"raw":"A %s, and %d.","sentid":%d}' "$([ "$c" -eq 0 ] || echo ,)" "$(subject "$id")" "$c" $((10 * id + c))
    done
    printf ']}\n'
  done
}
karpathy_json() { sed '1s/^/{"images":[/; $!s/$/,/; $s/$/]}/' >"$1"; }

mapfile -t train_ids < <(seq 0 3 75)  # 26 images, 130 captions; with gaps
val_ids=(77 80 79 83 82 86 85 89)
test_ids=(196 199 205 202 208 211 214 217)  # no caption of one split is another's

# field_f30k: f30k_precomp, flickr30k-images and id_mapping.json
field_f30k() {
  field_split f30k_precomp train 1 "${train_ids[@]}"
  field_split f30k_precomp dev 5 "${val_ids[@]}"
  field_split f30k_precomp test 5 "${test_ids[@]}"
  field_pictures flickr30k-images "" "${train_ids[@]}" "${val_ids[@]}" "${test_ids[@]}" | json_object id_mapping.json
}
# What makes the paper's presets small enough for a test.
small=(--width 32 -k 2 --batch 32 --epochs 2 --decay-every 1)
