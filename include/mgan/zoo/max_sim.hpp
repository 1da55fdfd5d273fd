// The row of MaxSim, under all its published names.
#pragma once

#include "mgan/alignment/max_sim.hpp"
#include "mgan/zoo/any_pool.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

struct MaxSimRow {
  static constexpr Facts facts{.name = "max_sim", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    const auto name = [&]<class M>(const char* word, const char* what, std::type_identity<M>) {
      f(Published<>{word, what}, [](auto, const AlignmentSizes&) { return M{}; });
    };
    name("colbert", "every word's best region or patch, summed (ColBERT)", std::type_identity<ColBert>{});
    name("filip", "mean of the best of both sides (FILIP, TI)", std::type_identity<Filip>{});
    name("teran", "every word's largest raw product, summed (TERAN MrSw)", std::type_identity<TeranMrSw>{});
    name("laps", "sum of both means of a leaky cosine's maxima (LAPS)", std::type_identity<LapsMaxMean>{});
    name("chan-vha", "every word's best region or patch, log-sum-exp (CHAN VHA)", std::type_identity<ChanVha<>>{});
    name("chan-tha", "every region's or patch's best word, log-sum-exp (CHAN THA)", std::type_identity<ChanTha<>>{});
  }

  /// What a file can choose.
  struct Choice {
    enum class Way { words, regions, both } way = Way::both;
    bool sum = false;  // of both, in place of their mean
    AnyPool pool;
    AnySimilarity similarity;

    explicit Choice(Options& options) {
      options.required("direction", way,
                       {{"text_to_image", Way::words}, {"image_to_text", Way::regions}, {"both", Way::both}});
      options.optional("combine", sum, {{"mean", false}, {"sum", true}});
      pool.read(options);
      similarity.read(options);
    }
    /// f(Direction{})
    template <class F>
    void direction(F&& f) const {
      if (way == Way::words) f(TextToImage{});
      else if (way == Way::regions) f(ImageToText{});
      else if (sum) f(SumOfBoth{});
      else f(MeanOfBoth{});
    }
  };

  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    const Choice c(options);
    c.direction([&](auto direction) { f(MaxSim<decltype(direction), AnyPool, AnySimilarity>{c.pool, c.similarity}); });
  }

  /// The same module with types for policies, as a kernel knows it. f is not called where the options name a pooling
  /// other than mean and sum, or a LeakyReLU.
  template <Tensor T, class F>
  static void with_policies(Options& options, const AlignmentSizes&, F&& f) {
    const Choice c(options);
    const bool mean = c.pool.kind == AnyPool::Kind::mean;
    if ((!mean && c.pool.kind != AnyPool::Kind::sum) || c.similarity.slope != 1) return;
    c.direction([&]<class D>(D) {
      const auto pooled = [&]<class Pool>(Pool) {
        if (c.similarity.normalize) f(MaxSim<D, Pool>{});
        else f(MaxSim<D, Pool, RawDotProduct>{});
      };
      if (mean) pooled(MeanPool{});
      else pooled(SumPool{});
    });
  }
};

using MaxSimRows = RowList<MaxSimRow>;

}  // namespace mgan::zoo
