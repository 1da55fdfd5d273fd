#include "module_page.hpp"

#include <map>
#include <vector>

#include "lists.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/io/json.hpp"
#include "templates.hpp"

namespace verify {

namespace {

using mgan::io::Json;

/// Sizes that no product or sum of the others makes, so that an axis tells which one it is.
constexpr mgan::zoo::AlignmentSizes sizes{
    .width = 64, .n_views = 11, .heads = 8, .patches = 13, .words = 17, .image_tokens = 19, .similarity = 23};

/// (11, 5) -> "(N, 5)"
std::string symbols(const mgan::Shape& shape) {
  const std::map<std::int64_t, std::string> names{{sizes.width, "D"},        {sizes.n_views, "N"},
                                                  {sizes.patches, "K"},      {sizes.words, "L"},
                                                  {sizes.image_tokens, "R"}, {sizes.similarity, "S"}};
  std::string text;
  for (const std::int64_t n : shape) {
    const auto name = names.find(n);
    text += (text.empty() ? "" : ", ") + (name == names.end() ? std::to_string(n) : name->second);
  }
  return "(" + text + ")";
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}
std::string code(const std::string& text) { return "`" + text + "`"; }
std::string head(const std::vector<std::string>& cells) {
  return row(cells) + row(std::vector<std::string>(cells.size(), "---"));
}

const char* word_of(mgan::zoo::Slot slot) {
  switch (slot) {
    case mgan::zoo::Slot::region:
      return "region";
    case mgan::zoo::Slot::global:
      return "global";
    case mgan::zoo::Slot::patch:
      return "patch";
    default:
      return "region, patch";
  }
}

/// Names for `mgan train`, with what they are.
template <class Row>
std::string published_names() {
  std::string text;
  Row::published([&](const auto& p, const auto&) { text += row({code(p.name), word_of(p.slot), p.what}); });
  return text.empty() ? "" : head({"`--...-alignment`", "slot", "what it is"}) + text + "\n";
}

template <class Row>
std::string tensors_and_options() {
  constexpr mgan::zoo::Facts facts = Row::facts;
  std::string tensors = head({"tensor", "shape"});
  const auto add = [&](const std::string& name, const std::string& shape) { tensors += row({code(name), shape}); };
  const std::string image = std::string("input.") + facts.image, text = std::string("input.") + facts.text;
  add(image, facts.vectors ? "(I, D)" : facts.ragged_image ? "(I, R, D)" : "(I, K, D)");
  if (facts.global) add("input.global", "(I, D), may be left out");
  if (facts.boxes) add("input.boxes", "(I, R, 4)"), add("input.image_sizes", "(I, 2)");
  if (facts.ragged_image) add("input.region_lengths", "(I), where images have several lengths");
  add(text, facts.vectors ? "(T, D)" : "(T, L, D)");
  if (!facts.vectors) add("input.word_lengths", "(T), where captions have several lengths");
  auto options = mgan::zoo::Options::defaults();
  Row::template configured<Eigen::MatrixXd>(options, sizes, [&](const auto& module) {
    mgan::visit_tensors(module,
                        [&](const std::string& name, const auto& w) { add("param." + name, symbols(mgan::shape(w))); });
  });
  add("expect.scores", "(I, T)");
  if constexpr (requires { Row::outputs(mgan::zoo::TakesOutputs{}); })
    Row::outputs([&](const char* name, const auto&, const char* shape = "(I, T)") {
      add(std::string("expect.") + name, shape);
    });
  if (options.asked().empty()) return tensors + "\nNo options.\n";
  std::string table = head({"option", "values", "in a file", "here"});
  for (const mgan::zoo::AskedOption& o : options.asked()) {
    const auto value = options.values().find(o.key);
    table += row({code(o.key), o.values, o.required ? "required" : "may be left out",
                  value == options.values().end() ? " " : code(mgan::zoo::to_text(value->second))});
  }
  return tensors + "\n" + table;
}

/// A part of the matcher or a loss, by the small case that --write makes of it.
std::string part(const std::string& name, const Json& what) {
  std::string text = "\n### `" + name + "`\n\n" + head({"tensor", "shape of a small case"});
  for (const auto& [tensor, shape] : what.at("tensors").items()) {
    std::string numbers;
    if (shape.is_array() || shape.contains("probabilities")) {
      for (const Json& n : shape.is_array() ? shape : shape["probabilities"])
        numbers += (numbers.empty() ? "" : ", ") + n.dump();
    } else if (shape.contains("boxes")) {
      numbers = shape["boxes"][0].dump() + ", " + shape["boxes"][1].dump() + ", 4";
    } else if (shape.contains("sizes")) {
      numbers = shape["sizes"].dump() + ", 2";
    } else {
      numbers = std::to_string(shape["integers"].size());
    }
    text += row({code(tensor), "(" + numbers + ")"});
  }
  if (what.contains("config")) text += "\nOptions: " + code(what["config"].dump()) + "\n";
  if (what.contains("note")) text += "\n" + what["note"].get<std::string>() + "\n";
  return text;
}

}  // namespace

std::string module_page() {
  std::string page =
      "# Modules\n\n"
      "What a case of `mgan verify` holds for each module, and what `mgan train` calls it. This page is what\n"
      "`mgan verify --page` prints from the table of modules: after a change of a row, `mgan verify --page "
      ">docs/modules.md`.\n"
      "[Checking mathematics](verification.md) has the format of cases, [The zoo](zoo.md) the formulas.\n\n"
      "I images, T texts, R regions or patches, K selected patches, L words, D the joint width, N views, S numbers of "
      "a "
      "vector of\nsimilarities. Numbers are those of "
      "the options here.\n\n"
      "## Alignment modules\n";
  mgan::zoo::each_row([&]<class Row>(std::type_identity<Row>) {
    page += std::string("\n### `") + Row::facts.name + "`\n\n" + published_names<Row>() + tensors_and_options<Row>();
  });
  page += "\n## Parts of the matcher, losses, figures\n";
  const Json parts = Json::parse(case_templates);
  for (const auto& [name, what] : parts.items()) page += part(name, what);
  return page;
}

}  // namespace verify
