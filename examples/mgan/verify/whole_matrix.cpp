#include "whole_matrix.hpp"

#include "mgan/metrics/corrections.hpp"
#include "mgan/metrics/retrieval.hpp"

namespace verify {

namespace {

using mgan::Direction;
using mgan::HostArray;

template <class S>
struct Matrix {
  mgan::Shape shape;
  std::vector<S> values;

  Matrix(const Case& c, const std::string& name) : shape(c.numbers(name, 2).shape) {
    const HostArray& host = c.numbers(name, 2);
    values.assign(host.values.begin(), host.values.end());
  }
  mgan::ScoreView<S> view() const { return {values, shape[0], shape[1]}; }
};

template <class S>
HostArray on_host(const mgan::Shape& shape, const std::vector<S>& values) {
  return {shape, {values.begin(), values.end()}};
}

template <class S>
Arrays retrieval_metrics(const Case& c) {
  c.options().done();
  const Matrix<S> scores(c, "input.scores");
  const auto m = mgan::retrieval_metrics(scores.values, scores.shape[0], scores.shape[1], c.integers("input.owner"));
  const auto row = [](const mgan::Recall& r) {
    return HostArray{{6}, {r.r1, r.r5, r.r10, r.median_rank, r.mean_rank, r.sum()}};
  };
  return {{"image_to_text", row(m.image_to_text)}, {"text_to_image", row(m.text_to_image)}, {"rsum", {{}, {m.rsum()}}}};
}

void read_direction(mgan::zoo::Options& options, Direction& direction) {
  options.required("direction", direction,
                   {{"text_to_image", Direction::text_to_image}, {"image_to_text", Direction::image_to_text}});
}
/// beta, or a temperature in its place: 1 / beta.
double read_beta(mgan::zoo::Options& options, const Case& c, double beta) {
  double temperature = 1 / beta;
  if (c.config.count("temperature") > 0) {
    options.required("temperature", temperature);
    return 1 / temperature;
  }
  options.optional("beta", beta);
  return beta;
}

template <class S>
Arrays csls(const Case& c) {
  mgan::Csls f;
  auto options = c.options();
  options.required("k", f.k);
  options.done();
  const Matrix<S> scores(c, "input.scores");
  return {{"scores", on_host(scores.shape, mgan::csls(scores.view(), f.k))}};
}

/// InvertedSoftmax or DualSoftmax.
template <class S>
Arrays softmax(const Case& c, bool dual) {
  Direction direction = Direction::text_to_image;
  auto options = c.options();
  read_direction(options, direction);
  const double beta = read_beta(options, c, dual ? 100 : 20);
  options.done();
  const Matrix<S> scores(c, "input.scores");
  return {{"scores", on_host(scores.shape, dual ? mgan::dual_softmax(scores.view(), direction, 1 / beta)
                                                : mgan::inverted_softmax(scores.view(), direction, beta))}};
}

template <class S>
Arrays query_bank_normalization(const Case& c) {
  mgan::QueryBankNormalization f;
  Direction direction = Direction::text_to_image;
  auto options = c.options();
  read_direction(options, direction);
  f.beta = read_beta(options, c, f.beta);
  options.optional("k", f.k);
  options.done();
  const Matrix<S> scores(c, "input.scores"), bank(c, "input.bank");
  const auto out = mgan::query_bank_normalization(scores.view(), bank.view(), direction, f.beta, f.k);
  HostArray normalized = on_host({static_cast<std::int64_t>(out.normalized.size())}, out.normalized);
  normalized.dtype = "I64";
  return {{"scores", on_host(scores.shape, out.scores)}, {"normalized", normalized}};
}

template <class S>
Arrays run(const Case& c) {
  if (c.module == "retrieval_metrics") return retrieval_metrics<S>(c);
  if (c.module == "csls") return csls<S>(c);
  if (c.module == "inverted_softmax") return softmax<S>(c, false);
  if (c.module == "dual_softmax") return softmax<S>(c, true);
  return query_bank_normalization<S>(c);
}

}  // namespace

std::vector<std::string> whole_matrix_modules() {
  return {"csls", "dual_softmax", "inverted_softmax", "query_bank_normalization", "retrieval_metrics"};
}
bool is_whole_matrix(const std::string& module) {
  for (const std::string& one : whole_matrix_modules())
    if (one == module) return true;
  return false;
}

Arrays whole_matrix(const Case& c, bool single) {
  Arrays out = single ? run<float>(c) : run<double>(c);
  c.check_names();
  return out;
}

}  // namespace verify
