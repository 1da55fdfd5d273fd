# Takes the code blocks of Markdown files apart. Variables: out, the folder for what is found; root, the project.
#
#   <!-- test: NAME.cpp [eigen|torch] [continued] -->   the ```cpp block that follows is compiled and run. One without
#                                main() has its #include lines put first and the rest into main(); blocks with the same
#                                NAME are one program, in order.
#   <!-- test: NAME.cpp        and a comment that goes on: its lines are part of the program, unseen by readers
#   <!-- output: NAME -->        the ```text block that follows is what NAME prints
#   <!-- same as: FILE -->       the block that follows stands in FILE of the project, word for word
#
# A ```cpp block without a mark is an error. Programs are listed in out/programs: NAME LAYER.

function fail(words) { printf "%s:%d: %s\n", FILENAME, FNR, words > "/dev/stderr"; failures++ }
function name_of(file) { sub(/\.cpp$/, "", file); return file }
function note_program(name, layer) {
  if (!(name in layers)) { order[++programs] = name; layers[name] = "mgan" }
  if (layer == "eigen" || layer == "torch") {
    if (layers[name] != "torch") layers[name] = layer
  }
}
function add_code(name, line) {
  if (line ~ /^ *# *include/) includes[name] = includes[name] line "\n"
  else { places[name] = places[name] line "\n"; if (line ~ /(^| )int main\(/) has_main[name] = 1 }
}
function squeezed(text) { gsub(/[ \t\n]+/, " ", text); return text }

FNR == 1 { mark = ""; inside = 0; hidden = 0 }

hidden && /-->/ { hidden = 0; next }
hidden { add_code(mark_name, $0); next }

!inside && /^<!-- test: / {
  mark = "test"; mark_name = name_of($3); note_program(mark_name, $4)
  if ($0 !~ /-->/) { hidden = 1; mark = "" }
  next
}
!inside && /^<!-- output: / { mark = "output"; mark_name = $3; next }
!inside && /^<!-- same as: / { mark = "same"; mark_name = $4; text = ""; next }

/^ *```/ && !inside {
  inside = 1; language = $0; sub(/^ *```/, "", language)
  if (language == "cpp" && mark != "test" && mark != "same") fail("a ```cpp block without <!-- test: NAME.cpp --> or <!-- same as: FILE -->")
  if (mark == "output") printf "" > (out "/" mark_name ".out")
  next
}
/^ *```/ && inside {
  inside = 0
  if (mark == "same") {
    whole = ""
    while ((getline line < (root "/" mark_name)) > 0) whole = whole line "\n"
    close(root "/" mark_name)
    if (index(squeezed(whole), squeezed(text)) == 0) fail("this block is not what stands in " mark_name)
  }
  mark = ""; next
}
inside && mark == "test" { add_code(mark_name, $0); next }
inside && mark == "output" { print > (out "/" mark_name ".out"); next }
inside && mark == "same" { text = text $0 "\n"; next }
!inside && mark != "" && NF { fail("a mark that no code block follows"); mark = "" }

END {
  printf "" > (out "/programs")
  for (i = 1; i <= programs; ++i) {
    name = order[i]
    file = out "/" name ".cpp"
    if (has_main[name]) printf "%s%s", includes[name], places[name] > file
    else printf "%s#include <iostream>\n\nint main() {\n%s}\n", includes[name], places[name] > file
    print name, layers[name] > (out "/programs")
  }
  exit failures > 0
}
