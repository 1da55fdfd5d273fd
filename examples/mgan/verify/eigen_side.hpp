// Conformance arrays as lists of Eigen matrices: each sample cut to its true length, no padding anywhere.
#pragma once

#include "mgan/backend/eigen.hpp"
#include "mgan/core/parameters.hpp"
#include "report.hpp"

namespace verify {

template <class S>
struct EigenSide {
  using tensor = mgan::EigenMatrix<S>;
  using vector = mgan::EigenVector<S>;
  using Index = Eigen::Index;

  const Case& source;
  std::map<std::string, mgan::HostArray> outputs = {};

  /// (B, n, D) as B matrices (n, D); with lengths (B), (length_b, D) each.
  std::vector<tensor> samples(const std::string& name, const std::vector<std::int64_t>& lengths = {}) const {
    const mgan::HostArray& host = source.numbers("input." + name, 3);
    check_lengths(name, host, lengths);
    std::vector<tensor> batch;
    for (Index b = 0; b < host.shape[0]; ++b) {
      const Index rows = lengths.empty() ? host.shape[1] : lengths[static_cast<std::size_t>(b)];
      tensor x(rows, host.shape[2]);
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < x.cols(); ++j) x(i, j) = number(host, (b * host.shape[1] + i) * x.cols() + j);
      batch.push_back(x);
    }
    return batch;
  }
  /// (B, n) as B vectors (n); with lengths (B), (length_b) each.
  std::vector<vector> vectors(const std::string& name, const std::vector<std::int64_t>& lengths = {}) const {
    const mgan::HostArray& host = source.numbers("input." + name, 2);
    check_lengths(name, host, lengths);
    std::vector<vector> batch;
    for (Index b = 0; b < host.shape[0]; ++b) {
      vector x(lengths.empty() ? host.shape[1] : lengths[static_cast<std::size_t>(b)]);
      for (Index i = 0; i < x.size(); ++i) x(i) = number(host, b * host.shape[1] + i);
      batch.push_back(x);
    }
    return batch;
  }
  /// (n, m) as one matrix.
  tensor whole(const std::string& name) const {
    const mgan::HostArray& host = source.numbers("input." + name, 2);
    tensor x(host.shape[0], host.shape[1]);
    mgan::assign(x, host);
    return x;
  }

  template <class M>
  void weights(M& module) const {
    mgan::visit_parameters(module, [&](const std::string& name, auto& w) { set(w, source.numbers("param." + name)); });
  }

  /// f of every sample.
  template <class F, class Batch, class... More>
  auto each(const F& f, const Batch& batch, const More&... more) const {
    std::vector<decltype(f(batch.front(), more.front()...))> results;
    for (std::size_t b = 0; b < batch.size(); ++b) results.push_back(f(batch[b], more.at(b)...));
    return results;
  }

  void output(const std::string& name, const tensor& x) { outputs[name] = mgan::to_host(x); }
  void output(const std::string& name, S x) { outputs[name] = {{}, {static_cast<double>(x)}}; }
  /// Results of samples; shorter ones are placed in front of zeros, as the format has it.
  template <class X>
  void output(const std::string& name, const std::vector<X>& batch) {
    mgan::HostArray host{source.at("expect." + name).shape, {}};
    host.values.assign(static_cast<std::size_t>(mgan::element_count(host.shape)), 0.0);
    mgan::require(!host.shape.empty() && host.shape[0] == static_cast<std::int64_t>(batch.size()), source.file,
                  ": tensor 'expect.", name, "' is ", host.shape, " for ", batch.size(), " samples");
    const std::int64_t size = host.shape[0] > 0 ? mgan::element_count(host.shape) / host.shape[0] : 0;
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const std::vector<double> numbers = flat(batch[b]);
      mgan::require(static_cast<std::int64_t>(numbers.size()) <= size, name, ": a sample has ", numbers.size(),
                    " numbers, expected ", size);
      std::copy(numbers.begin(), numbers.end(), host.values.begin() + static_cast<std::ptrdiff_t>(b) * size);
    }
    outputs[name] = host;
  }
  /// The sum over samples.
  template <class X>
  void output_sum(const std::string& name, const std::vector<X>& batch) {
    S total = 0;
    for (const X& x : batch) total += x;
    output(name, total);
  }

 private:
  static S number(const mgan::HostArray& host, Index flat) {
    return static_cast<S>(host.values[static_cast<std::size_t>(flat)]);
  }
  void check_lengths(const std::string& name, const mgan::HostArray& host,
                     const std::vector<std::int64_t>& lengths) const {
    mgan::require(lengths.empty() || static_cast<std::int64_t>(lengths.size()) == host.shape[0], source.file, ": ",
                  lengths.size(), " lengths for 'input.", name, "' ", host.shape);
    for (std::size_t b = 0; b < lengths.size(); ++b)
      mgan::require(lengths[b] >= 1 && lengths[b] <= host.shape[1], source.file, ": ", name, ": sample ", b,
                    " has length ", lengths[b], ", expected 1..", host.shape[1]);
  }
  template <class X>
  static std::vector<double> flat(const X& x) {
    if constexpr (std::is_arithmetic_v<X>) return {static_cast<double>(x)};
    else return mgan::to_host(x).values;
  }

  void set(tensor& w, const mgan::HostArray& host) const {
    mgan::require(host.shape.size() == 2, source.file, ": a weight is ", host.shape, ", expected a matrix");
    w.resize(host.shape[0], host.shape[1]);
    mgan::assign(w, host);
  }
  void set(vector& w, const mgan::HostArray& host) const {
    mgan::require(host.shape.size() == 1, source.file, ": a weight is ", host.shape, ", expected a vector");
    w.resize(host.shape[0]);
    mgan::assign(w, host);
  }
  void set(mgan::EigenKernel<S>& w, const mgan::HostArray& host) const {
    mgan::require(host.shape.size() == 3, source.file, ": a weight is ", host.shape, ", expected a kernel");
    w = mgan::make_kernel<tensor>(host.shape[0], host.shape[1], host.shape[2]);
    mgan::assign(w, host);
  }
};

}  // namespace verify
