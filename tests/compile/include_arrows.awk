# awk -v all="FILES" -f include_arrows.awk layers.txt FILES: see include_arrows.sh. What breaks a rule is printed.
BEGIN {
  count = split(all, names, " ")
  for (i = 1; i <= count; i++) exists[names[i]] = 1
}

function complain(words) { print words; failures++ }

# The layer of the longest path that `name` begins with; the library, for the name of a header.
function longest(name, prefixes,    prefix, best) {
  best = ""
  for (prefix in prefixes)
    if (index(name, prefix) == 1 && length(prefix) > length(best)) best = prefix
  return best == "" ? "" : prefixes[best]
}

# The table.
FNR == NR {
  if ($1 != "library" && $1 != "layer") next
  name = $2
  if (name in rank) complain("layers.txt:" FNR ": a second " name)
  rank[name] = ++rows
  kind[name] = $1
  arrow = 0
  for (i = $1 == "layer" ? 4 : 3; i <= NF; i++) {
    if ($i == "<-") arrow = i
    else if (!arrow && $1 == "layer") paths[$i] = name
    else if (!arrow) headers[$i] = name
    else if ($1 == "library") spelled[name] = spelled[name] (spelled[name] == "" ? "" : "|") $i
    else if ($i == "library") { for (other in rank) if (kind[other] == "library" || !(other in room)) may[name, other] = 1 }
    else if ($i in rank) may[name, $i] = 1
    else complain("layers.txt:" FNR ": " name " may include " $i ", which does not stand above it")
  }
  if (!arrow) complain("layers.txt:" FNR ": no <-")
  if ($1 == "layer" && $4 ~ /^examples\//) room[name] = 1
  may[name, name] = 1
  next
}

FNR == 1 {
  from = longest(FILENAME, paths)
  folder = FILENAME
  sub(/[^\/]*$/, "", folder)
}
from == "" { next }

/^ *# *include *[<"]/ {
  target = $0
  sub(/^[^<"]*[<"]/, "", target)
  sub(/[>"].*/, "", target)
  place = FILENAME ":" FNR ": "
  if (target == "torch/torch.h") complain(place "never torch/torch.h, it costs 24 s")
  path = ""
  if (target ~ /^mgan\//) path = "include/" target
  else if (/"/) path = (folder target) in exists ? folder target : "examples/mgan/" target
  if (path != "" && !(path in exists)) complain(place "no file " path)
  to = path == "" ? longest(target, headers) : longest(path, paths)
  if (to != "" && !((from, to) in may)) complain(place from " must not include " target " (" to ")")
  next
}

# A name of a library is spelled only where its headers are allowed.
{
  sub(/\/\/.*/, "")
  for (name in spelled)
    if (!((from, name) in may) && $0 ~ ("(^|[^A-Za-z0-9_])(" spelled[name] ")::"))
      complain(FILENAME ":" FNR ": " from " must not spell names of " name)
}

END {
  for (i = 1; i <= count; i++) {
    layer = longest(names[i], paths)
    if (layer == "") complain(names[i] ": no layer of cmake/layers.txt")
    used[layer] = 1
  }
  for (name in rank)
    if (kind[name] == "layer" && !(name in used)) complain("layers.txt: no file belongs to " name)
  printf "%d files, %d against the rules\n", count, failures
  exit failures > 0
}
