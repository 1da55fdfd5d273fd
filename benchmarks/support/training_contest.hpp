// The rows of the target table that are about training steps: unit vectors -> scores -> loss -> gradients of patches,
// words and A1..A4. Captions are padded to the longest of the batch; the sweep leaves the padding out.
//
//     dense     loss = sum of S G, every pair has a gradient
//     hinge     the hardest negatives of the batch, Eq. (14), through the whole graph
//     two-pass  the hardest are found without a graph; they and the true pairs are scored again with one
#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/fused/torch.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "scoring_contest.hpp"

namespace bench {

struct Training {
  enum class Loss { dense, hinge, two_pass };
  std::int64_t batch;
  double temperature;
  at::Tensor rows, words, padding, lengths, dense;  // (B, K, D), (B, L, D), (B, L), (B), (B, B)
  Weights weights;

  /// The images and captions first .. first + B - 1 of a workload.
  Training(const Workload& w, std::int64_t B, std::int64_t first = 0) : batch(B), temperature(w.temperature) {
    std::vector<std::int64_t> texts(static_cast<std::size_t>(B));
    std::iota(texts.begin(), texts.end(), first);
    Chunk chunk = chunk_of(w, texts);
    rows = view(w.rows, {w.images, w.patches, w.width}).narrow(0, first, B).clone();
    words = chunk.words;
    padding = chunk.padding;
    weights = chunk.weights;
    weights.A2 = weights.A2.clone();
    weights.A3 = weights.A3.clone();
    lengths =
        at::tensor(std::vector<std::int64_t>(w.lengths.begin() + first, w.lengths.begin() + first + B), at::kLong);
    dense = at::arange(B * B, at::kFloat).sin().view({B, B});
    for (at::Tensor* leaf : leaves()) leaf->set_requires_grad(true);
  }
  std::vector<at::Tensor*> leaves() { return {&rows, &words, &weights.A1, &weights.A2, &weights.A3, &weights.A4}; }
  std::vector<at::Tensor> gradients() {
    std::vector<at::Tensor> out;
    for (const at::Tensor* leaf : leaves()) out.push_back(leaf->grad());
    return out;
  }
  void forget() {
    for (at::Tensor* leaf : leaves()) leaf->mutable_grad() = at::Tensor();
  }

  /// Scores, loss and backward of the library. The rows are unit vectors already, on this side and on the others.
  double ours(Loss loss) {
    forget();
    mgan::Fused<mgan::PatchAlignment<at::Tensor>> fused;
    fused.module = {weights.A1, weights.A2, weights.A3, weights.A4, temperature, mgan::Convention::column};
    const mgan::Masked<at::Tensor> text{words.unsqueeze(0), padding.defined()
                                                                ? padding.logical_not().unsqueeze(0)
                                                                : at::ones({1, batch, words.size(1)}, at::kBool)};
    const at::Tensor S = fused.score(rows.unsqueeze(1), text);  // (B, B)
    const at::Tensor value = loss == Loss::dense ? (S * dense).sum() : mgan::TripletRankingLoss{}(S);
    value.backward();
    return value.item<double>();
  }

  at::Tensor scores(bool images_innermost) const {
    const Chunk chunk{words, padding, weights, {}};
    return images_innermost ? innermost(rows.permute({2, 1, 0}).contiguous(), chunk, temperature).t()
                            : standard(rows, chunk, temperature);
  }
  static at::Tensor hinge(const at::Tensor& S, double margin = 0.2) {
    const at::Tensor own = S.diagonal(), apart = 1 - at::eye(S.size(0));
    const at::Tensor by_row = (margin + S - own.unsqueeze(1)).relu() * apart;
    const at::Tensor by_column = (margin + S - own.unsqueeze(0)).relu() * apart;
    return by_row.amax(1).sum() + by_column.amax(0).sum();
  }
  at::Tensor two_passes(bool images_innermost, double margin = 0.2) const {
    at::Tensor i, j;
    {
      const at::NoGradGuard no_grad;
      const at::Tensor others = scores(images_innermost).clone(), own = at::arange(batch, at::kLong);
      others.diagonal().fill_(-std::numeric_limits<float>::infinity());
      i = at::cat({own, own, others.argmax(0)});  // true pairs, a row's hardest caption, a column's hardest image
      j = at::cat({own, others.argmax(1), own});
    }
    const at::Tensor s = pairwise(rows.index_select(0, i), words.index_select(0, j),
                                  padding.defined() ? padding.index_select(0, j) : padding, weights, temperature);
    const at::Tensor own = s.narrow(0, 0, batch);
    return (margin + s.narrow(0, batch, batch) - own).relu().sum() +
           (margin + s.narrow(0, 2 * batch, batch) - own).relu().sum();
  }
  double eager(Loss loss, bool images_innermost) {
    forget();
    at::Tensor value;
    if (loss == Loss::two_pass) value = two_passes(images_innermost);
    else if (loss == Loss::hinge) value = hinge(scores(images_innermost));
    else value = (scores(images_innermost) * dense).sum();
    value.backward();
    return value.item<double>();
  }
};

/// The largest difference of two lists of gradients, each over its largest entry: of dP and dW, and of dA1 .. dA4.
struct Differences {
  double sides = 0, weights = 0;
};
inline Differences difference(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  Differences most;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double& here = i < 2 ? most.sides : most.weights;
    here = std::max(here, ((a[i] - b[i]).abs().max() / b[i].abs().max()).item<double>());
  }
  return most;
}

/// LibTorch's fastest way for a loss: layouts and mallocs.
inline Way fastest(Training& t, Training::Loss loss) {
  Way best;
  double least = 1e300;
  for (const bool images_innermost : {false, true})
    for (const Malloc malloc : {Malloc::plain, Malloc::tuned}) {
      const Way way{images_innermost, malloc, t.batch};
      set_malloc(malloc);
      t.eager(loss, images_innermost);
      const double s = std::min(seconds([&] { t.eager(loss, images_innermost); }),
                                seconds([&] { t.eager(loss, images_innermost); }));
      set_malloc(Malloc::plain);
      std::fprintf(stderr, "   %-64s %8.4f s\n", way.name().c_str(), s);
      if (s < least) least = s, best = way;
    }
  return best;
}

inline void training_contest(Report& report, Options& o, std::int64_t width) {
  using Loss = Training::Loss;
  const std::int64_t B = o.quick ? 64 : 128;
  const Workload w = make_workload(B, B, 16, 32, width);
  Training t(w, B);
  const std::string at = at_width(width);
  std::printf("   training step, batch %lld, D = %lld, captions padded to %lld\n", static_cast<long long>(B),
              static_cast<long long>(width), static_cast<long long>(t.words.size(1)));

  const std::vector<std::pair<Loss, std::string>> losses{
      {Loss::dense, "dense"}, {Loss::hinge, "hinge"}, {Loss::two_pass, "two-pass"}};
  std::vector<Contestant> contestants{
      {"mgan, dense", [&](int) { return seconds([&] { t.ours(Loss::dense); }); }},
      {"mgan, hardest negatives", [&](int) { return seconds([&] { t.ours(Loss::hinge); }); }},
  };
  for (const auto& [loss, name] : losses) {
    std::fprintf(stderr, "   LibTorch's ways, %s:\n", name.c_str());
    const Way way = fastest(t, loss);
    report.head["fastest eager"][at]["training, " + name] = way.name();
    const double theirs = t.eager(loss, way.images_innermost);
    const auto gradients = t.gradients();
    const double ours = t.ours(loss == Loss::dense ? Loss::dense : Loss::hinge);
    const Differences apart = difference(t.gradients(), gradients);
    std::printf("   eager %-9s loss %.6f, ours %.6f; gradients differ by %.1e (dP, dW) and %.1e (dA) of the largest\n",
                name.c_str(), theirs, ours, apart.sides, apart.weights);
    contestants.push_back({"eager, " + name, [&t, way, l = loss](int) {
                             set_malloc(way.malloc);
                             const double s = seconds([&] { t.eager(l, way.images_innermost); });
                             set_malloc(Malloc::plain);
                             return s;
                           }});
  }

  PythonPeer peer("fused");
  std::string no_compile = peer.missing();
  if (peer && peer.versions["no_compile"].is_string()) no_compile = peer.versions["no_compile"];
  if (no_compile.empty()) {
    report.head["versions"]["Python"] = peer.versions["python"];
    report.head["versions"]["torch"] = peer.versions["torch"];
    hand_over(peer, w, o.threads);
    for (const auto& [loss, name] : losses) {
      // Dense and hinge ride on the same scores; the layout that eager found fastest is the one compiled.
      const std::string layout = report.head["fastest eager"][at]["training, " + name].get<std::string>().find(
                                     "innermost") != std::string::npos
                                     ? "innermost"
                                     : "standard";
      const std::string form = loss == Loss::two_pass ? "twopass" : name, who = "torch.compile, " + name;
      const auto made = peer.ask({{"do", "step"},
                                  {"name", who},
                                  {"form", form},
                                  {"layout", layout},
                                  {"compile", true},
                                  {"batch", B},
                                  {"tuned", true}});
      if (made.contains("error")) {
        std::printf("   %s: %s\n", who.c_str(), made["error"].get<std::string>().c_str());
        continue;
      }
      std::printf("   %s: compiled in %.0f s, loss %.6f\n", who.c_str(), made["seconds"].get<double>(),
                  made["loss"].get<double>());
      contestants.push_back({who, [&peer, who](int) { return peer.run(who); }});
    }
  }

  const Results r = interleave(contestants, o.rounds_or(5), 1, o.probe);
  report.contest("training step, " + at, r, static_cast<double>(B * B));
  const bool wide = width == 2048;
  report.row("training step, dense: against eager", at, r.ratio("eager, dense", "mgan, dense"), "x", wide ? 1.9 : 1.85,
             wide ? 2.2 : 2.1);
  report.row("training step, hardest negatives: against eager hinge", at,
             r.ratio("eager, hinge", "mgan, hardest negatives"), "x", wide ? 5.5 : 5.3, wide ? 6.2 : 6.1);
  report.note("training step, hardest negatives: against eager in two passes", at,
              r.ratio("eager, two-pass", "mgan, hardest negatives"), "x");
  if (no_compile.empty()) {
    report.row("training step, dense: against torch.compile", at, r.ratio("torch.compile, dense", "mgan, dense"), "x",
               wide ? 1.6 : 1.55, 1.8);
    report.note("training step, hardest negatives: against torch.compile hinge", at,
                r.ratio("torch.compile, hinge", "mgan, hardest negatives"), "x");
    report.row("training step, hardest negatives: against torch.compile in two passes", at,
               r.ratio("torch.compile, two-pass", "mgan, hardest negatives"), "x", wide ? 2.9 : 2.5, wide ? 3.3 : 2.8);
  } else {
    report.skipped("training steps against torch.compile, " + at, no_compile);
  }
}

}  // namespace bench
