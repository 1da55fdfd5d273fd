// The zoo as one would write it down in LibTorch operations: padded batches, broadcasts, contexts made explicitly.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace plain {

struct Batch {
  at::Tensor image, words, lengths;         // (I, R, D), (T, L, D), (T)
  at::Tensor boxes = {}, image_sizes = {};  // (I, R, 4), (I, 2)

  at::Tensor mask() const { return at::arange(words.size(1)) < lengths.unsqueeze(1); }  // (T, L)
};

/// By the names that the module visits.
using Weights = std::map<std::string, at::Tensor>;

constexpr double infinity = std::numeric_limits<double>::infinity();

inline at::Tensor unit(const at::Tensor& x) { return x / x.norm(2, -1, true).clamp_min(1e-12); }
inline at::Tensor products(const at::Tensor& image, const at::Tensor& words) {
  return at::einsum("ird,tld->itrl", {image, words});  // (I, T, R, L)
}
inline at::Tensor cosines(const Batch& b) { return products(unit(b.image), unit(b.words)); }
/// The maximum over real words, (I, T, R); over regions, (I, T, L).
inline at::Tensor best_word(const at::Tensor& c, const at::Tensor& m) {
  return c.masked_fill(m.logical_not().unsqueeze(1), -infinity).amax(3);
}
inline at::Tensor best_region(const at::Tensor& c) { return c.amax(2); }
inline at::Tensor sum_words(const at::Tensor& x, const at::Tensor& m) { return (x * m).sum(-1); }
inline at::Tensor mean_words(const at::Tensor& x, const at::Tensor& m) { return sum_words(x, m) / m.sum(-1); }

inline at::Tensor filip(const Batch& b) {
  const auto c = cosines(b), m = b.mask();
  return (best_word(c, m).mean(-1) + mean_words(best_region(c), m)) * 0.5;
}
inline at::Tensor colbert(const Batch& b, bool normalize) {
  const auto c = normalize ? cosines(b) : products(b.image, b.words);
  return sum_words(best_region(c), b.mask());
}
inline at::Tensor laps(const Batch& b) {
  const auto c = at::leaky_relu(cosines(b), 0.1), m = b.mask();
  return best_word(c, m).mean(-1) + mean_words(best_region(c), m);
}
inline at::Tensor chan_vha(const Batch& b) {
  const auto s = best_region(cosines(b)) / 0.1;
  return s.masked_fill(b.mask().logical_not(), -infinity).logsumexp(-1);
}
inline at::Tensor chan_tha(const Batch& b) { return (best_word(cosines(b), b.mask()) / 0.1).logsumexp(-1); }
inline at::Tensor multi_view_max(const Batch& b) { return best_word(cosines(b), b.mask()).amax(-1); }

inline at::Tensor chan_vsa(const Batch& b) {
  const auto v = unit(b.image), t = unit(b.words), m = b.mask();
  const auto c = products(v, t);                                                              // (I, T, R, L)
  const auto w = (c / 0.1).masked_fill(m.logical_not().unsqueeze(1), -infinity).softmax(-1);  // (I, T, R, L)
  const auto context = at::einsum("itrl,tld->itrd", {w, t});                                  // (I, T, R, D)
  const auto s = (v.unsqueeze(1) * context).sum(-1) / (context.norm(2, -1) + 1e-8);           // (I, T, R)
  return (s / 0.1).logsumexp(-1);
}

/// w (I, T, R, L) over the regions for every word.
inline at::Tensor region_weights(const at::Tensor& c, const at::Tensor& m, double lambda) {
  const auto a = at::leaky_relu(c, 0.1) * m.unsqueeze(1);        // (I, T, R, L)
  return (lambda * a / (a.norm(2, 3, true) + 1e-8)).softmax(2);  // (I, T, R, L)
}
inline at::Tensor scan_t2i(const Batch& b, double lambda, double lambda_lse, double bonus = 0) {
  const auto m = b.mask();
  const auto pooled = [&](const at::Tensor& x) {
    return (lambda_lse * x).masked_fill(m.logical_not(), -infinity).logsumexp(-1) / lambda_lse;
  };
  const auto w = region_weights(products(b.image, b.words), m, lambda);
  const auto context = at::einsum("itrl,ird->itld", {w, b.image});                  // (I, T, L, D)
  const auto length = (b.words.norm(2, -1) * context.norm(2, -1)).clamp_min(1e-8);  // (I, T, L)
  const auto r = (b.words * context).sum(-1) / length;                              // (I, T, L)
  return bonus == 0 ? pooled(r) : pooled(r) + bonus * pooled(w.amax(2));
}
inline at::Tensor scan_i2t(const Batch& b, double lambda, double lambda_lse) {
  const auto m = b.mask();
  const auto a = at::leaky_relu(products(b.image, b.words), 0.1);                                // (I, T, R, L)
  const auto normed = lambda * a / (a.norm(2, 2, true) + 1e-8);                                  // (I, T, R, L)
  const auto w = normed.masked_fill(m.logical_not().unsqueeze(1), -infinity).softmax(3);         // (I, T, R, L)
  const auto context = at::einsum("itrl,tld->itrd", {w, b.words});                               // (I, T, R, D)
  const auto length = (b.image.norm(2, -1).unsqueeze(1) * context.norm(2, -1)).clamp_min(1e-8);  // (I, T, R)
  return (lambda_lse * (b.image.unsqueeze(1) * context).sum(-1) / length).logsumexp(-1) / lambda_lse;
}

inline at::Tensor wti(const Batch& b, const Weights& w) {
  const auto c = cosines(b), m = b.mask();
  const auto logits = [&](const at::Tensor& x, const std::string& side) {
    const auto hidden = at::linear(x, w.at(side + ".0.weight"), w.at(side + ".0.bias")).relu();
    return at::linear(hidden, w.at(side + ".2.weight"), w.at(side + ".2.bias")).squeeze(-1);
  };
  const auto alpha = logits(b.words, "text").masked_fill(m.logical_not(), -infinity).softmax(-1);  // (T, L)
  const auto beta = logits(b.image, "image").softmax(-1).unsqueeze(1);                             // (I, 1, R)
  return ((best_region(c) * alpha).sum(-1) + (best_word(c, m) * beta).sum(-1)) * 0.5;
}

inline at::Tensor naaf(const Batch& b, double theta, double lambda, double intra) {
  const auto v = unit(b.image), t = unit(b.words), m = b.mask();
  const auto c = products(v, t);              // (I, T, R, L)
  const auto match = best_region(c) - theta;  // (I, T, L)
  const auto alike =
      (intra * t.matmul(t.transpose(1, 2))).masked_fill(m.logical_not().unsqueeze(1), -infinity).softmax(-1);
  const auto gate = at::einsum("tlk,itk->itl", {alike, match});  // (I, T, L)
  const auto negative = at::where(gate < 0, match, at::zeros_like(match));
  const auto e = ((c - theta) * lambda).exp() * (c > theta);  // (I, T, R, L)
  const auto w = e / (e.sum(2, true) + 1e-8);
  const auto context = at::einsum("itrl,ird->itld", {w, v});                    // (I, T, L, D)
  const auto p1 = (t * context).sum(-1) / context.norm(2, -1).clamp_min(1e-8);  // (I, T, L)
  const auto p2 = (region_weights(c, m, lambda) * c).sum(2);                    // (I, T, L)
  return mean_words(negative + p1 + p2, m);
}

inline at::Tensor self_weighted(const Batch& b, double scale) {
  const auto c = cosines(b), m = b.mask().unsqueeze(1);  // (I, T, R, L), (T, 1, L)
  const auto real = c * m;
  const auto w = (scale * unit(real)).masked_fill(m.logical_not(), -infinity).softmax(-1);
  const auto x = (w * real).sum(-1);  // (I, T, R)
  return ((scale * unit(x)).softmax(-1) * x).sum(-1);
}

/// Both directions of the interaction, or of AOSM. `row`: a row vector times the weight.
template <class Tau>
at::Tensor interaction(const Batch& b, const Weights& w, const Tau& tau, bool row, bool aosm) {
  const auto c = cosines(b), m = b.mask();                                                    // (I, T, K, L), (T, L)
  const auto weighted = [&](const at::Tensor& x, const char* name, const at::Tensor& real) {  // (..., n) -> (...)
    const auto fill = [&](const at::Tensor& y) {
      return real.defined() ? y.masked_fill(real.logical_not(), -infinity) : y;
    };
    const auto n = x.size(-1);
    const auto weight = w.at(name).narrow(0, 0, n).narrow(1, 0, n);
    const auto p = at::linear(fill(x / tau).softmax(-1), row ? weight.t() : weight);
    return ((aosm ? p : fill(p / tau).softmax(-1)) * (real.defined() ? x.masked_fill(real.logical_not(), 0) : x))
        .sum(-1);
  };
  const auto to_patch = weighted(weighted(c, "A1", m.unsqueeze(1)), "A2", {});    // (I, T)
  const auto to_word = weighted(weighted(c.transpose(2, 3), "A3", {}), "A4", m);  // (I, T)
  return (to_patch + to_word) * 0.5;
}

/// The first token of each side.
inline at::Tensor cosine(const Batch& b) { return unit(b.image.select(1, 0)).matmul(unit(b.words.select(1, 0)).t()); }

/// y = x W' + b of the layer `name`.
inline at::Tensor layer(const at::Tensor& x, const Weights& w, const std::string& name) {
  return at::linear(x, w.at(name + ".weight"), w.at(name + ".bias"));
}
/// Unit views of the regions: (I, N, D).
inline at::Tensor views_of_regions(const Batch& b, const Weights& w) {
  const std::int64_t dilations[] = {1, 1, 2, 3, 1, 2, 3};
  const auto x = b.image.transpose(1, 2);  // (I, D, R)
  std::vector<at::Tensor> channels;
  for (std::size_t i = 0; i < std::size(dilations); ++i) {
    const std::string name = "views.conv." + std::to_string(i);
    const auto kernel = w.at(name + ".weight");
    const std::int64_t d = dilations[i], around = d * (kernel.size(2) - 1) / 2;
    channels.push_back(at::conv1d(x, kernel, w.at(name + ".bias"), 1, around, d).relu());  // (I, C_i, R)
  }
  const auto logits = layer(at::cat(channels, 1).transpose(1, 2), w, "views.assignment");  // (I, R, N)
  return unit(logits.softmax(1).transpose(1, 2).matmul(b.image));                          // (I, N, D)
}
inline at::Tensor best_view(const at::Tensor& seen, const at::Tensor& sentence) {
  return at::einsum("ind,td->itn", {seen, sentence}).amax(2);
}
inline at::Tensor views(const Batch& b, const Weights& w, std::int64_t heads) {
  const auto t = b.words;  // (T, L, D)
  const auto T = t.size(0), L = t.size(1), D = t.size(2);
  const auto split = [&](const char* name) {  // (T, heads, L, D / heads)
    return layer(t, w, std::string("sentence.") + name).view({T, L, heads, D / heads}).transpose(1, 2);
  };
  const auto q = split("query"), k = split("key"), v = split("value"), m = b.mask();
  const auto energy = q.matmul(k.transpose(2, 3)) / std::sqrt(static_cast<double>(D / heads));  // (T, heads, L, L)
  const auto real = m.unsqueeze(1).unsqueeze(1);                                                // (T, 1, 1, L)
  const auto found = energy.masked_fill(real.logical_not(), -infinity).softmax(-1).matmul(v);
  const auto words = t + layer(found.transpose(1, 2).reshape({T, L, D}), w, "sentence.output");  // (T, L, D)
  const auto sentence = unit((words * m.unsqueeze(2)).sum(1) / m.sum(1, true));                  // (T, D)
  return best_view(views_of_regions(b, w), sentence);
}

/// Attention of q over k with values v, all (..., n, D); `real` (..., m) are the keys that count.
inline at::Tensor attended(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& real) {
  const auto energy = q.matmul(k.transpose(-1, -2)) / std::sqrt(static_cast<double>(v.size(-1)));
  return energy.masked_fill(real.logical_not().unsqueeze(-2), -infinity).softmax(-1).matmul(v);
}
inline at::Tensor l2(const at::Tensor& x) { return x / (x.norm(2, -1, true) + 1e-8); }

/// CAMP: both sides of all pairs, (I, 1, R, D) and (1, T, L, D), with their masks and what they hear.
struct Camp {
  const Weights& w;
  at::Tensor v, t, real_v, real_t;

  Camp(const Batch& b, const Weights& weights)
      : w(weights),
        v(b.image.unsqueeze(1)),
        t(b.words.unsqueeze(0)),
        real_v(at::ones({1, 1, b.image.size(1)}, at::kBool)),
        real_t(b.mask().unsqueeze(0)) {}

  at::Tensor map(const at::Tensor& x, const std::string& name) const { return at::linear(x, w.at(name + ".weight")); }
  at::Tensor heard_by_regions() const { return heard(v, t, real_v, real_t, "image.", "text."); }  // (I, T, R, D)
  at::Tensor heard_by_words() const { return heard(t, v, real_t, real_v, "text.", "image."); }    // (I, T, L, D)

  at::Tensor heard(const at::Tensor& x, const at::Tensor& y, const at::Tensor& real_x, const at::Tensor& real_y,
                   const std::string& own, const std::string& other) const {
    const auto a = attended(map(x, own + "query"), map(y, other + "key"), y, real_y);
    return attended(map(a, own + "self_query"), map(a, own + "self_key"), a, real_x);
  }
  at::Tensor summary(const at::Tensor& x, const at::Tensor& messages, const at::Tensor& real,
                     const std::string& side) const {
    const auto f = l2(messages);
    const auto gamma = (x * f).sum(-1, true).sigmoid();                                        // (I, T, n, 1)
    const auto both = at::cat({x.expand_as(f), f}, -1) * gamma;                                // (I, T, n, 2 D)
    const auto o = map(both, side + "fuse").relu() + x;                                        // (I, T, n, D)
    const auto logits = layer(layer(o, w, side + "summary.0").relu(), w, side + "summary.2");  // (I, T, n, heads)
    const auto weights = logits.masked_fill(real.logical_not().unsqueeze(-1), -infinity).softmax(-2);
    return l2(weights.transpose(-1, -2).matmul(o).mean(-2));  // (I, T, D)
  }
};
inline at::Tensor camp_cosine(const Batch& b, const Weights& w) {
  const Camp c(b, w);
  const auto m = c.real_t.unsqueeze(-1);  // (1, T, L, 1)
  const auto f_v = l2(c.heard_by_regions().mean(-2)), f_t = l2((c.heard_by_words() * m).sum(-2) / m.sum(-2));
  return (f_v * f_t).sum(-1);
}
inline at::Tensor camp_gated(const Batch& b, const Weights& w) {
  const Camp c(b, w);
  const auto o_v = c.summary(c.v, c.heard_by_regions(), c.real_v, "image.");
  const auto o_t = c.summary(c.t, c.heard_by_words(), c.real_t, "text.");
  return layer(layer(at::cat({o_v, o_t}, -1), w, "score.0").relu(), w, "score.2").squeeze(-1).sigmoid();
}

/// Contexts (I, T, Q, D) of queries (..., Q, D) on sources (..., S, D) with their masks (..., Q), (..., S); lambda is
/// one number or (I, T, Q).
inline at::Tensor contexts(const at::Tensor& q, const at::Tensor& s, const at::Tensor& real_q, const at::Tensor& real_s,
                           const at::Tensor& lambda) {
  auto a = at::leaky_relu(s.matmul(q.transpose(-1, -2)), 0.1) * real_q.unsqueeze(-2);  // (I, T, S, Q)
  a = a / (a.norm(2, 3, true) + 1e-8) * (lambda.dim() ? lambda.unsqueeze(-2) : lambda);
  const auto w = a.masked_fill(real_s.logical_not().unsqueeze(-1), -infinity).softmax(2);
  return w.transpose(-1, -2).matmul(s);
}
inline at::Tensor cosine_of_rows(const at::Tensor& x, const at::Tensor& y) {
  return (x * y).sum(-1) / (x.norm(2, -1) * y.norm(2, -1)).clamp_min(1e-8);
}

/// Queries and sources (..., n, D) of one direction with their masks.
struct Sides {
  at::Tensor q, s, real_q, real_s;

  static Sides of(const Batch& b, bool words_ask) {
    const auto v = b.image.unsqueeze(1), t = b.words.unsqueeze(0),
               m = b.mask().unsqueeze(0);                  // (I, 1, R, D), (1, T, L, D)
    const auto all = v.select(-1, 0).eq(v.select(-1, 0));  // (I, 1, R)
    return words_ask ? Sides{t, v, m, all} : Sides{v, t, all, m};
  }
  at::Tensor mean(const at::Tensor& x) const { return sum_words(x, real_q) / real_q.sum(-1); }  // (I, T, Q) -> (I, T)
};

inline at::Tensor imram(const Batch& b, const Weights& w, bool words_ask, double lambda) {
  const Sides p = Sides::of(b, words_ask);
  const std::string way = words_ask ? "text_to_image" : "image_to_text";
  at::Tensor q = p.q, total;
  for (int k = 0; k < 3; ++k) {
    const auto f = contexts(q, p.s, p.real_q, p.real_s, at::scalar_tensor(lambda));  // (I, T, Q, D)
    const auto s = p.mean(cosine_of_rows(p.q, f));
    total = total.defined() ? total + s : s;
    const auto both = at::cat({q.expand_as(f), f}, -1);
    const auto g = layer(both, w, way + ".gate").sigmoid();
    q = g * q + (1 - g) * layer(both, w, way + ".update").tanh();
  }
  return total;
}

/// Two looks.
inline at::Tensor rcar(const Batch& b, const Weights& w, const std::string& regulator, bool words_ask, double start) {
  const Sides p = Sides::of(b, words_ask);
  const auto two = [&](const at::Tensor& x, const std::string& name) {
    return layer(layer(x, w, name + ".0").tanh(), w, name + ".2");
  };
  at::Tensor gate = at::scalar_tensor(1.0), lambda = at::scalar_tensor(start), h;
  const auto look = [&] { return l2(contexts(p.q * gate, p.s, p.real_q, p.real_s, lambda)); };
  at::Tensor x;  // (I, T, Q, S)
  for (int i = 0; i < 2; ++i) {
    const std::string n = "." + std::to_string(i);
    if (i == 0 || regulator != "rar") x = l2(layer((p.q - look()).square(), w, "align" + n));
    if (i == 0) h = (x * p.real_q.unsqueeze(-1)).sum(2) / p.real_q.sum(-1, true);  // (I, T, S)
    if (w.count("rcr" + n + ".gate.0.weight")) {
      gate = (two(x, "rcr" + n + ".gate").tanh() + gate).clamp(-1, 1);
      lambda = (two(x, "rcr" + n + ".temperature").squeeze(-1) + lambda).relu();
    }
    if (regulator == "rcr") continue;
    const auto keys = layer(x, w, "rar" + n + ".key").tanh() * layer(h, w, "rar" + n + ".query").tanh().unsqueeze(2);
    const auto logits = layer(keys, w, "rar" + n + ".value").squeeze(-1);  // (I, T, Q)
    const auto a = logits.masked_fill(p.real_q.logical_not(), -infinity).softmax(-1);
    h = l2((a.unsqueeze(-1) * x).sum(2));
  }
  if (regulator == "rcr") return p.mean(cosine_of_rows(p.q, look()));
  return layer(h, w, "score").squeeze(-1).sigmoid();
}

// --- SGRAF and ADAPT, at inference

/// SCAN's contexts of the words (I, T, L, D).
inline at::Tensor contexts_of_words(const Batch& b, double lambda) {
  const auto a = at::leaky_relu(products(b.image, b.words), 0.1);  // (I, T, R, L)
  const auto real = b.mask().unsqueeze(1);                         // (T, 1, L)
  const auto unit_rows = a / ((a * real).norm(2, -1, true) + 1e-8);
  return (unit_rows * lambda).softmax(2).transpose(2, 3).matmul(b.image.unsqueeze(1));
}
inline at::Tensor normed(const at::Tensor& x, const Weights& w, const std::string& name) {
  return (x - w.at(name + ".mean")) / (w.at(name + ".variance") + 1e-5).sqrt();
}
inline at::Tensor weighted(const at::Tensor& x, const Weights& w, const std::string& name, std::int64_t channels) {
  return x * w.at(name + ".weight").narrow(0, 0, channels) + w.at(name + ".bias").narrow(0, 0, channels);
}
/// v_glo (I, D), or t_glo (T, D).
inline at::Tensor guided(const at::Tensor& x, const at::Tensor& real, const Weights& w, const std::string& side) {
  auto a = layer(x, w, side + "local");  // (B, n, D)
  const auto m = real.unsqueeze(-1);
  auto g = layer((x * m).sum(1) / m.sum(1), w, side + "global");  // (B, D)
  if (side == "image.") {
    const std::int64_t n = x.size(1);
    const auto slot = [&](const std::string& of) {
      return w.at("image.local_norm." + of).narrow(0, 0, n).unsqueeze(-1);
    };
    a = (a - slot("mean")) / (slot("variance") + 1e-5).sqrt() * slot("weight") + slot("bias");
    g = weighted(normed(g, w, "image.global_norm"), w, "image.global_norm", g.size(-1));
  }
  const auto logits = layer(a.tanh() * g.tanh().unsqueeze(1), w, side + "common").squeeze(-1);  // (B, n)
  return l2((logits.masked_fill(real.logical_not(), -infinity).softmax(-1).unsqueeze(-1) * x).sum(1));
}
inline at::Tensor sgraf(const Batch& b, const Weights& w, bool reasons) {
  const auto v = guided(b.image, at::ones({b.image.size(0), b.image.size(1)}, at::kBool), w, "image.");
  const auto t = guided(b.words, b.mask(), w, "text.");
  const auto first = l2(layer((v.unsqueeze(1) - t).square(), w, "global"));                           // (I, T, S)
  const auto each = l2(layer((l2(contexts_of_words(b, 9)) - b.words).square(), w, "local"));          // (I, T, L, S)
  auto x = at::cat({first.unsqueeze(2), each}, 2);                                                    // (I, T, N, S)
  const auto real = at::cat({at::ones({b.words.size(0), 1}, at::kBool), b.mask()}, 1).unsqueeze(-1);  // (T, N, 1)
  at::Tensor y;
  if (reasons) {
    for (int i = 0; w.count("graph." + std::to_string(i) + ".query.weight"); ++i) {
      const std::string step = "graph." + std::to_string(i) + ".";
      const auto edges = layer(x, w, step + "query").matmul(layer(x, w, step + "key").transpose(-1, -2));
      const auto p = edges.masked_fill(real.transpose(-1, -2).logical_not(), -infinity).softmax(-1);
      x = layer(p.matmul(x), w, step + "output").relu();
    }
    y = x.select(2, 0);
  } else {
    const auto alpha = weighted(normed(layer(x, w, "filter"), w, "filter_norm"), w, "filter_norm", 1).sigmoid() * real;
    y = l2((alpha / (alpha.sum(2, true) + 1e-8) * x).sum(2));
  }
  return layer(y, w, "score").squeeze(-1).sigmoid();
}
inline at::Tensor adapt(const Batch& b, const Weights& w, bool words_ask) {
  const auto m = b.mask().unsqueeze(-1);                                          // (T, L, 1)
  const auto words = (b.words * m).sum(1) / m.sum(1), regions = b.image.mean(1);  // (T, D), (I, D)
  const auto c = words_ask ? words.unsqueeze(0) : regions.unsqueeze(1);           // (., ., D)
  const auto given = words_ask ? normed(b.image, w, "norm").unsqueeze(1) : normed(b.words, w, "norm").unsqueeze(0);
  const auto a = given * (1 + layer(c, w, "gamma")).unsqueeze(2) + layer(c, w, "beta").unsqueeze(2);  // (I, T, n, D)
  if (words_ask) return (l2((a * (a * 10).softmax(2)).mean(2)) * l2(c)).sum(-1);
  const auto p = (a * 10).masked_fill(m.logical_not(), -infinity).softmax(2);
  return (l2((a * p).masked_fill(m.logical_not(), -infinity).amax(2)) * l2(c)).sum(-1);
}

/// The words of caption t alone, (L_t, D).
inline at::Tensor caption(const Batch& b, std::int64_t t) {
  return b.words.select(0, t).narrow(0, 0, b.lengths.select(0, t).item<std::int64_t>());
}
/// f of every caption's words, stacked: (T, ...).
template <class F>
at::Tensor each_caption(const Batch& b, F&& f) {
  std::vector<at::Tensor> all;
  for (std::int64_t t = 0; t < b.words.size(0); ++t) all.push_back(f(caption(b, t)));
  return at::stack(all);
}
inline at::Tensor cosines_of(const at::Tensor& image, const at::Tensor& text) {
  return unit(image).matmul(unit(text).t());
}

/// LibTorch's own GRU over x (n, B, P) -> (n, B, H or 2 H).
inline at::Tensor recurrent(const at::Tensor& x, const Weights& w, const std::string& in, bool both) {
  std::vector<at::Tensor> parameters;
  for (const char* way : {"", "_reverse"}) {
    if (*way && !both) continue;
    for (const char* name : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"})
      parameters.push_back(w.at(in + name + way));
  }
  const at::Tensor start = at::zeros({both ? 2 : 1, x.size(1), parameters[1].size(1)}, x.options());
  return std::get<0>(at::gru(x, start, parameters, true, 1, 0.0, false, both, false));
}
inline at::Tensor gpo(const Batch& b, const Weights& w) {
  const auto theta = [&](std::int64_t n, const std::string& in) {  // (n)
    const std::int64_t width = w.at(in + "gru.weight_ih_l0").size(1);
    const auto frequency =
        at::pow(10000.0, at::arange(0, width, 2, b.image.options()) * (-1.0 / static_cast<double>(width)));  // (P / 2)
    const auto angle = at::outer(at::arange(n, b.image.options()), frequency);                        // (n, P / 2)
    const auto codes = at::stack({angle.sin(), angle.cos()}, -1).flatten(1);                          // (n, P)
    const auto halves = recurrent(codes.unsqueeze(1), w, in + "gru.", true).squeeze(1).chunk(2, -1);  // (n, H) each
    return (at::linear((halves[0] + halves[1]) * 0.5, w.at(in + "linear.weight")) / 0.1).squeeze(1).softmax(0);
  };
  const auto sorted = [](const at::Tensor& x) { return std::get<0>(x.sort(-2, true)); };
  const auto image = at::einsum("ird,r->id", {sorted(b.image), theta(b.image.size(1), "image.")});
  return cosines_of(image, each_caption(b, [&](const at::Tensor& words) {
                      return theta(words.size(0), "text.").matmul(sorted(words));
                    }));
}
inline at::Tensor vsrn(const Batch& b, const Weights& w) {
  const auto last = [&](const at::Tensor& x, const std::string& in) {  // (n, B, D) -> (B, D)
    return recurrent(x, w, in + "gru.", false).select(0, -1);
  };
  return cosines_of(last(b.image.transpose(0, 1), "image."), each_caption(b, [&](const at::Tensor& words) {
                      return last(words.unsqueeze(1), "text.").squeeze(0);
                    }));
}
/// CAMERA's sentence.
inline at::Tensor camera(const Batch& b, const Weights& w) {
  const auto t = b.words, m = b.mask();  // (T, L, D)
  const std::string name = "sentence.norm";
  const auto y = layer(layer(t, w, "sentence.mlp.0").relu(), w, "sentence.mlp.2");
  const auto words = t + weighted(normed(y, w, name), w, name, t.size(-1));
  return best_view(views_of_regions(b, w), unit((words * m.unsqueeze(2)).sum(1) / m.sum(1, true)));
}
inline at::Tensor dsran(const Batch& b, const Weights& w, std::int64_t heads) {
  const auto norm = [&](const at::Tensor& y, const std::string& name) {
    return weighted(normed(y, w, name), w, name, y.size(-1));
  };
  const auto x = b.image;  // (I, R, D)
  const auto sizes = x.sizes().vec();
  const auto graph = [&](const std::string& in) {  // -> (I, D)
    const auto split = [&](const char* name) {     // (I, heads, R, D / heads)
      return layer(x, w, in + name).view({sizes[0], sizes[1], heads, sizes[2] / heads}).transpose(1, 2);
    };
    const auto energy =
        split("query").matmul(split("key").transpose(2, 3)) / std::sqrt(static_cast<double>(sizes[2] / heads));
    const auto heard = energy.softmax(-1).matmul(split("value")).transpose(1, 2).reshape(sizes);
    const auto a = norm(layer(heard, w, in + "attention") + x, in + "attention_norm");
    return norm(layer(layer(a, w, in + "hidden").relu(), w, in + "output") + a, in + "output_norm").mean(1);
  };
  const auto first = layer(graph("image.first."), w, "image.fusion.first");
  const auto second = layer(graph("image.second."), w, "image.fusion.second");
  const auto share =
      (layer(first, w, "image.fusion.first_gate") + layer(second, w, "image.fusion.second_gate")).sigmoid();
  return cosines_of(share * first + (1 - share) * second,
                    each_caption(b, [](const at::Tensor& words) { return words.mean(0); }));
}

/// LAPS without [CLS]: half of the patches are kept, by rows gathered for every pair.
inline at::Tensor laps_slimming(const Batch& b, const Weights& w) {
  const auto v = b.image, t = b.words, m = b.mask();
  const auto R = v.size(1), keep = (R + 1) / 2;
  const auto mean_word = (t * m.unsqueeze(2)).sum(1) / m.sum(1, true);  // (T, D)
  const auto own = (unit(v) * unit(v.mean(1, true))).sum(-1).unsqueeze(1);
  const auto s = (own + at::einsum("ird,td->itr", {unit(v), unit(mean_word)})).detach();  // (I, T, R)
  const auto order = std::get<1>(s.sort(-1, true));
  const auto kept = order.narrow(2, 0, keep), rest = order.narrow(2, keep, R - keep);
  const auto rows = [&](const at::Tensor& x, const at::Tensor& index) {  // (I, R, n) -> (I, T, k, n)
    const auto I = x.size(0), T = t.size(0), n = x.size(2);
    return x.unsqueeze(1).expand({I, T, R, n}).gather(2, index.unsqueeze(-1).expand({I, T, index.size(2), n}));
  };
  const auto normed = at::layer_norm(v, {v.size(2)}, w.at("norm.weight"), w.at("norm.bias"), 1e-5);
  const auto logits = layer(at::gelu(layer(normed, w, "hidden")), w, "output") * w.at("scale");  // (I, R, Z)
  const auto z = rows(logits, kept).softmax(2).transpose(2, 3).matmul(rows(v, kept));            // (I, T, Z, D)
  const auto e = (s.gather(2, rest).softmax(2).unsqueeze(-1) * rows(v, rest)).sum(2, true);      // (I, T, 1, D)
  const auto c = at::leaky_relu(at::einsum("tld,itzd->itlz", {unit(t), unit(at::cat({z, e}, 2))}), 0.1);
  const auto padding = m.logical_not().unsqueeze(0).unsqueeze(3);  // (1, T, L, 1)
  return mean_words(c.amax(3), m) + c.masked_fill(padding, -infinity).amax(2).mean(2);
}

/// GSMN with neighbours "self": 16 blocks, 8 Gaussians.
inline at::Tensor gsmn(const Batch& b, const Weights& w) {
  const auto v = b.image, t = b.words, m = b.mask();
  const auto c = products(v, t), a = at::leaky_relu(c, 0.1);  // (I, T, R, L)
  const auto to_words = (20 * a / (a.norm(2, 2, true) + 1e-8)).masked_fill(m.logical_not().unsqueeze(1), -infinity);
  const auto found_v = at::einsum("itrl,tld->itrd", {to_words.softmax(3), t});       // (I, T, R, D)
  const auto found_t = at::einsum("itrl,ird->itld", {region_weights(c, m, 20), v});  // (I, T, L, D)
  const auto blocks = [](const at::Tensor& x) { return x.unflatten(-1, {16, x.size(-1) / 16}); };
  const auto cosine_of = [&](const at::Tensor& x, const at::Tensor& y) {  // (..., B)
    const auto p = blocks(x), q = blocks(y);
    return (p * q).sum(-1) / (p.norm(2, -1) * q.norm(2, -1)).clamp_min(1e-8);
  };
  const auto m_v = cosine_of(v.unsqueeze(1), found_v), m_t = cosine_of(t.unsqueeze(0), found_t);

  const auto corners = b.boxes.unflatten(-1, {2, 2});                // (I, R, 2, 2)
  const auto centre = corners.mean(2) / b.image_sizes.unsqueeze(1);  // (I, R, 2)
  const auto d = centre.unsqueeze(2) - centre.unsqueeze(1);          // (I, R, R, 2)
  const auto rho = d.norm(2, -1), theta = at::atan2(d.select(-1, 0), d.select(-1, 1));
  const auto of = [&](const char* name) { return w.at(std::string("image.") + name); };
  const auto apart = rho.unsqueeze(-1) - of("mean_rho"), angle = (theta.unsqueeze(-1) - of("mean_theta")).abs();
  const auto turn = at::minimum(angle, (angle - 2 * M_PI).abs());  // (I, R, R, K)
  const auto log_u = -apart.square() / (2 * (1e-14 + of("precision_rho").square())) -
                     turn.square() / (2 * (1e-14 + of("precision_theta").square()));
  const auto total = log_u.softmax(-1).sum(2).unsqueeze(1);  // (I, 1, R, K)

  const auto normed = [&](const at::Tensor& x, const std::string& name) {
    const auto direction = w.at(name + ".direction");
    return at::linear(x, direction / direction.norm(2, 1, true) * w.at(name + ".length").unsqueeze(1),
                      w.at(name + ".bias"));
  };
  const auto side = [&](const std::vector<at::Tensor>& h, const std::string& name) {  // (I, T, n)
    return normed(normed(at::cat(h, -1), name + ".hidden").tanh(), name + ".score").squeeze(-1);
  };
  std::vector<at::Tensor> h_v, h_t;
  for (std::int64_t k = 0; k < 8; ++k) {
    const std::string conv = ".conv." + std::to_string(k);
    h_v.push_back(at::linear(m_v * total.narrow(3, k, 1), w.at("image" + conv + ".weight")));
    h_t.push_back(layer(m_t, w, "text" + conv));
  }
  return side(h_v, "image").mean(-1) + mean_words(side(h_t, "text"), m);
}

/// A published module by its name on the command line, at its published settings: a batch and the module's weights.
using Form = std::function<at::Tensor(const Batch&, const Weights&)>;

/// `temperature` of the interaction, `heads` of the views.
inline std::map<std::string, Form> forms(double temperature, std::int64_t heads) {
  const auto regulated = [](const char* regulator, bool words_ask) -> Form {
    return [=](const Batch& b, const Weights& w) { return rcar(b, w, regulator, words_ask, words_ask ? 10 : 3); };
  };
  const auto bare = [](at::Tensor (*f)(const Batch&)) -> Form {
    return [f](const Batch& b, const auto&) { return f(b); };
  };
  return {
      {"interaction", [=](const auto& b, const auto& w) { return interaction(b, w, temperature, false, false); }},
      {"ucofia", [](const auto& b, const auto& w) { return interaction(b, w, 0.01, true, false); }},
      {"aosm", [](const auto& b, const auto& w) { return interaction(b, w, 0.01, false, true); }},
      {"learned-temperature",
       [](const auto& b, const auto& w) { return interaction(b, w, w.at("log_temperature").exp(), false, false); }},
      {"views", [=](const auto& b, const auto& w) { return views(b, w, heads); }},
      {"camera", camera},
      {"cosine", bare(cosine)},
      {"plain", bare(filip)},
      {"filip", bare(filip)},
      {"colbert", [](const auto& b, const auto&) { return colbert(b, true); }},
      {"teran", [](const auto& b, const auto&) { return colbert(b, false); }},
      {"laps", bare(laps)},
      {"chan-vha", bare(chan_vha)},
      {"chan-tha", bare(chan_tha)},
      {"chan-vsa", bare(chan_vsa)},
      {"multi-view-max", bare(multi_view_max)},
      {"scan-t2i", [](const auto& b, const auto&) { return scan_t2i(b, 9, 6); }},
      {"glfn", [](const auto& b, const auto&) { return scan_t2i(b, 9, 6, 0.5); }},
      {"scan-i2t", [](const auto& b, const auto&) { return scan_i2t(b, 4, 5); }},
      {"wti", wti},
      {"naaf", [](const auto& b, const auto&) { return naaf(b, 0, 20, 5); }},
      {"imram", [](const auto& b, const auto& w) { return imram(b, w, true, 9) + imram(b, w, false, 9); }},
      {"imram-t2i", [](const auto& b, const auto& w) { return imram(b, w, true, 11); }},
      {"imram-i2t", [](const auto& b, const auto& w) { return imram(b, w, false, 9); }},
      {"rcar-t2i", regulated("rcar", true)},
      {"rcar-i2t", regulated("rcar", false)},
      {"rcr-t2i", regulated("rcr", true)},
      {"rcr-i2t", regulated("rcr", false)},
      {"rar-t2i", regulated("rar", true)},
      {"rar-i2t", regulated("rar", false)},
      {"gpo", gpo},
      {"vsrn", vsrn},
      {"dsran", [=](const auto& b, const auto& w) { return dsran(b, w, heads); }},
      {"self-weighted", [](const auto& b, const auto&) { return self_weighted(b, 4); }},
      {"camp-cosine", camp_cosine},
      {"camp-gated", camp_gated},
      {"sgraf-saf", [](const auto& b, const auto& w) { return sgraf(b, w, false); }},
      {"sgraf-sgr", [](const auto& b, const auto& w) { return sgraf(b, w, true); }},
      {"adapt-t2i", [](const auto& b, const auto& w) { return adapt(b, w, true); }},
      {"adapt-i2t", [](const auto& b, const auto& w) { return adapt(b, w, false); }},
      {"laps-slimming", laps_slimming},
      {"laps-slimming-patches", laps_slimming},
      {"gsmn", gsmn},
  };
}

}  // namespace plain
