// A case on Eigen: lists of samples, each cut to its true length, no padding anywhere. Values alone.
#pragma once

#include <algorithm>
#include <random>

#include "mgan/backend/eigen.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/testing/case.hpp"

namespace mgan::testing {

template <class S>
struct EigenSide {
  using tensor = EigenMatrix<S>;
  using vector = EigenVector<S>;

  Case source;
  std::map<std::string, HostArray> results = {};
  std::mt19937_64 generator{};  // for a context of training

  /// input.NAME (B, n, D) as B matrices (n, D); with lengths (B), (length_b, D) each.
  std::vector<tensor> samples(const std::string& name, const std::vector<std::int64_t>& lengths = {}) const {
    const HostArray& host = source.numbers("input." + name, 3);
    check_lengths(name, host, lengths);
    std::vector<tensor> batch;
    for (std::int64_t b = 0; b < host.shape[0]; ++b) {
      tensor x(length_of(lengths, b, host), host.shape[2]);
      assign(x, part(host, b, {x.rows(), x.cols()}));
      batch.push_back(x);
    }
    return batch;
  }
  /// input.NAME (B, n) as B vectors (n); with lengths (B), (length_b) each.
  std::vector<vector> vectors(const std::string& name, const std::vector<std::int64_t>& lengths = {}) const {
    const HostArray& host = source.numbers("input." + name, 2);
    check_lengths(name, host, lengths);
    std::vector<vector> batch;
    for (std::int64_t b = 0; b < host.shape[0]; ++b) {
      vector x(length_of(lengths, b, host));
      assign(x, part(host, b, {x.size()}));
      batch.push_back(x);
    }
    return batch;
  }
  /// input.NAME (n, m) as one matrix.
  tensor whole(const std::string& name) const {
    const HostArray& host = source.numbers("input." + name, 2);
    tensor x(host.shape[0], host.shape[1]);
    assign(x, host);
    return x;
  }

  /// Every weight and running statistic that the module names becomes param.NAME.
  template <class M>
  void weights(M& module) const {
    visit_tensors(module, [&](const std::string& name, auto& w) { set(w, name); });
  }

  /// f of every sample.
  template <class F, class Batch, class... More>
  auto each(const F& f, const Batch& batch, const More&... more) const {
    std::vector<decltype(f(batch.front(), more.front()...))> all;
    for (std::size_t b = 0; b < batch.size(); ++b) all.push_back(f(batch[b], more.at(b)...));
    return all;
  }

  void output(const std::string& name, const tensor& x) { results[name] = to_host(x); }
  void output(const std::string& name, const vector& x) { results[name] = to_host(x); }
  void output(const std::string& name, HostArray x) { results[name] = std::move(x); }
  void output(const std::string& name, S x) { results[name] = {{}, {static_cast<double>(x)}}; }
  /// Results of samples in the shape of expect.NAME; shorter ones stand in front of zeros.
  template <class X>
  void output(const std::string& name, const std::vector<X>& batch) {
    HostArray host{source.at("expect." + name).shape, {}};
    host.values.assign(static_cast<std::size_t>(element_count(host.shape)), 0.0);
    require(!host.shape.empty() && host.shape[0] == static_cast<std::int64_t>(batch.size()), source.file,
            ": tensor 'expect.", name, "' is ", host.shape, " for ", batch.size(), " samples");
    const std::size_t size = batch.empty() ? 0 : host.values.size() / batch.size();
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const std::vector<double> numbers = flat(batch[b]);
      require(numbers.size() <= size, source.file, ": ", name, ": a sample has ", numbers.size(), " numbers, expected ",
              size);
      std::copy(numbers.begin(), numbers.end(), host.values.begin() + static_cast<std::ptrdiff_t>(b * size));
    }
    results[name] = host;
  }
  /// The sum over samples.
  template <class X>
  void output_sum(const std::string& name, const std::vector<X>& batch) {
    S total = 0;
    for (const X& x : batch) total += x;
    output(name, total);
  }

 private:
  static std::int64_t length_of(const std::vector<std::int64_t>& lengths, std::int64_t b, const HostArray& host) {
    return lengths.empty() ? host.shape[1] : lengths[static_cast<std::size_t>(b)];
  }
  /// The first numbers of sample b.
  static HostArray part(const HostArray& host, std::int64_t b, const Shape& shape) {
    const auto first = host.values.begin() + b * (element_count(host.shape) / host.shape[0]);
    return {shape, {first, first + element_count(shape)}};
  }
  void check_lengths(const std::string& name, const HostArray& host, const std::vector<std::int64_t>& lengths) const {
    require(lengths.empty() || static_cast<std::int64_t>(lengths.size()) == host.shape[0], source.file, ": ",
            lengths.size(), " lengths for 'input.", name, "' ", host.shape);
    for (std::size_t b = 0; b < lengths.size(); ++b)
      require(lengths[b] >= 1 && lengths[b] <= host.shape[1], source.file, ": ", name, ": sample ", b, " has length ",
              lengths[b], ", expected 1..", host.shape[1]);
  }
  template <class X>
  static std::vector<double> flat(const X& x) {
    if constexpr (std::is_arithmetic_v<X>) return {static_cast<double>(x)};
    else return to_host(x).values;
  }

  const HostArray& weight(const std::string& name, int rank, const char* what) const {
    const HostArray& host = source.numbers("param." + name);
    require(static_cast<int>(host.shape.size()) == rank, source.file, ": tensor 'param.", name, "' is ", host.shape,
            ", expected ", what);
    return host;
  }
  void set(tensor& w, const std::string& name) const {
    const HostArray& host = weight(name, 2, "a matrix");
    w.resize(host.shape[0], host.shape[1]);
    assign(w, host);
  }
  void set(vector& w, const std::string& name) const {
    if (const HostArray& number = source.numbers("param." + name); number.shape.empty()) {  // () is (1) here
      w.resize(1);
      return assign(w, {{1}, number.values});
    }
    const HostArray& host = weight(name, 1, "a vector");
    w.resize(host.shape[0]);
    assign(w, host);
  }
  void set(EigenKernel<S>& w, const std::string& name) const {
    const HostArray& host = weight(name, 3, "a kernel");
    w = make_kernel<tensor>(host.shape[0], host.shape[1], host.shape[2]);
    assign(w, host);
  }
};

}  // namespace mgan::testing
