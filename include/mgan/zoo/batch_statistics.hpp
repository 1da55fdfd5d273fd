// Cases of modules with running statistics: `statistics` says whether those are used, or those of the case itself.
#pragma once

#include "mgan/core/state.hpp"
#include "mgan/nn/batch_norm.hpp"
#include "mgan/zoo/run.hpp"

namespace mgan::zoo {

/// false: the running ones.
inline constexpr Words<bool> statistics_words = {{"running", false}, {"batch", true}};

/// A vector (n) as one row (1, n).
template <Tensor V>
auto as_row(const V& x) {
  return transpose(stack_columns(std::vector{x}));
}

/// The statistics of all rows that `f` makes of the samples of a list, as the running ones: what stands for training on
/// a library without batches.
template <class Statistics, class Sample, class F>
void set_moments(Statistics& statistics, const std::vector<Sample>& samples, const F& f) {
  std::vector<decltype(f(samples.front()))> rows;
  for (const Sample& x : samples) rows.push_back(f(x));
  const auto [m, v] = channel_moments(concat_rows(rows), [](const auto& y) { return mean(transpose(y)); });
  statistics.mean = m;
  statistics.variance = v;
}

/// A case of Row, which has configured, leave_out_noise, and scores_of_batch for lists.
template <class Row, class Side>
void run_with_statistics(Side& side) {
  using T = typename Side::tensor;
  Options options = side.source.options();
  Row::template configured<T>(options, {.width = 1, .image_tokens = 1, .similarity = 1}, [&](auto module) {
    options.done();
    const auto given = options.values().find("statistics");
    if (std::get<std::string>(given->second) == "running")
      return run_module<Row>(
          side, std::move(module), [](const auto& m) -> const auto& { return m; });
    Row::leave_out_noise(module);
    side.weights(module);
    with_both_sides<Row>(side, [&]<class Images>(const Images& images, const auto& texts) {
      if constexpr (mgan::detail::is_list<Images>) {
        side.output("scores", Row::scores_of_batch(module, images, texts));  // (I, T)
      } else {
        StateUpdates<vector_of<T>> updates;
        const Training training{side.generator, updates};
        side.output("scores", score_all(module, prepare_images(module, images, training),
                                        prepare_texts(module, texts, training), training));  // (I, T)
      }
    });
  });
}

}  // namespace mgan::zoo
