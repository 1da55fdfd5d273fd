// One case through one row: named tensors in, named results out, on whatever tensor library the side has.
//
// A side has `source` (mgan::testing::Case), `weights(module)`, samples, vectors and output:
// testing/eigen/side.hpp and testing/torch/side.hpp.
#pragma once

#include <string>
#include <utility>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

/// f(tokens) of input.NAME: with the lengths of the case where it has some.
template <bool may_be_ragged, class Side, class F>
void with_tokens(Side& side, const std::string& name, const std::string& lengths, F&& f) {
  if constexpr (may_be_ragged) {
    if (side.source.has(lengths)) return f(side.samples(name, side.source.integers(lengths)));
  }
  f(side.samples(name));
}

/// A row whose module takes more than tokens: with_inputs(side, f) calls f(images, texts).
template <class Row, class Side, class F>
concept GivesInputs = requires(Side& side, const F& f) {
  Row::with_inputs(side, f);
};

/// f(images, texts) of the case as the row's module takes them.
template <class Row, class Side, class F>
void with_both_sides(Side& side, F&& f) {
  constexpr Facts facts = Row::facts;
  if constexpr (GivesInputs<Row, Side, std::remove_cvref_t<F>>) {
    Row::with_inputs(side, f);
  } else if constexpr (facts.vectors) {
    f(side.vectors(facts.image), side.vectors(facts.text));
  } else {
    with_tokens<facts.ragged_image>(side, facts.image, "input.region_lengths", [&](const auto& images) {
      with_tokens<true>(side, facts.text, "input.word_lengths", [&](const auto& texts) { f(images, texts); });
    });
  }
}

/// What a row can hand its outputs to.
struct TakesOutputs {
  template <class G>
  void operator()(const char*, const G&, const char* = "") const {}
};

/// f(image, text) of every pair of states, a number or several each: (I, T, ...).
template <class F, class Images, class Texts>
auto of_each_pair(const F& f, const Images& images, const Texts& texts) {
  if constexpr (mgan::detail::is_list<Images>) {
    HostArray all{{static_cast<std::int64_t>(images.size()), static_cast<std::int64_t>(texts.size())}, {}};
    for (const auto& image : images) {
      for (const auto& text : texts) {
        const auto x = f(image, text);
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(x)>>) {
          all.values.push_back(static_cast<double>(x));
        } else {
          const HostArray numbers = to_host(x);
          if (all.shape.size() == 2) all.shape.insert(all.shape.end(), numbers.shape.begin(), numbers.shape.end());
          all.values.insert(all.values.end(), numbers.values.begin(), numbers.values.end());
        }
      }
    }
    return all;
  } else {
    return score_all(f, images, texts);
  }
}

/// Scores, and the row's other outputs, of its module with the options and weights of the case. `wrap(module)` is what
/// scores: the module itself, or it on a kernel.
template <class Row, class Side, class Module, class Wrap>
void run_module(Side& side, Module module, const Wrap& wrap) {
  side.weights(module);
  with_both_sides<Row>(side, [&](const auto& image, const auto& text) {
    const auto scorer = wrap(module);
    const auto images = prepare_images(scorer, image);
    const auto texts = prepare_texts(scorer, text);
    side.output("scores", score_all(scorer, images, texts));  // (I, T)
    if constexpr (requires { Row::outputs(TakesOutputs{}); }) {
      Row::outputs([&](const char* name, const auto& f, const char* = "") {
        const auto of_pair = [&](const auto& i, const auto& t) { return f(module, i, t); };
        side.output(name, of_each_pair(of_pair, images, texts));  // (I, T, ...)
      });
    }
  });
}

template <class Row, class Side>
concept RunsCases = requires(Side& side) {
  Row::run(side);
};

/// The case of `side` through Row.
template <class Row, class Side>
void run_row(Side& side) {
  if constexpr (RunsCases<Row, Side>) return Row::run(side);
  Options options = side.source.options();
  Row::template configured<typename Side::tensor>(options, {.width = 1, .patches = 1, .words = 1}, [&](auto module) {
    options.done();
    run_module<Row>(
        side, std::move(module), [](const auto& m) -> const auto& { return m; });
  });
}

/// The same through the row of a list that has the case's name; false where there is none.
template <class Rows, class Side>
bool run_rows(Side& side) {
  bool found = false;
  Rows::each([&]<class Row>(std::type_identity<Row>) {
    if (side.source.module == Row::facts.name) run_row<Row>(side), found = true;
  });
  return found;
}

}  // namespace mgan::zoo
