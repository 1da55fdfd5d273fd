// Reference arrays as lists of Eigen samples, each cut to its length, and results back as arrays.
#pragma once

#include <algorithm>

#include "compare.hpp"
#include "leaves.hpp"
#include "mgan/backend/eigen.hpp"

namespace support {

using reference::Index;
using reference::Lengths;

inline mgan::HostArray host(const Array& x) { return {x.shape, x.values}; }
inline Array array(const mgan::HostArray& x) { return Array(x.shape, x.values); }

/// (n, m) as a matrix, (n) as a vector.
template <class S>
mgan::EigenMatrix<S> eigen_matrix(const Array& x) {
  mgan::EigenMatrix<S> out(x.size(0), x.size(1));
  mgan::assign(out, host(x));
  return out;
}
template <class S>
mgan::EigenVector<S> eigen_vector(const Array& x) {
  mgan::EigenVector<S> out(x.size(0));
  mgan::assign(out, host(x));
  return out;
}

/// Sample `b` of (B, n, D) with its first `rows` rows.
inline Array sample(const Array& batch, Index b, Index rows) {
  Array out = batch.shape.size() == 3 ? Array({rows, batch.size(2)}) : Array({rows});
  const auto size = static_cast<std::size_t>(batch.shape.size() == 3 ? batch.size(1) * batch.size(2) : batch.size(1));
  std::copy_n(batch.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(b) * size), out.values.size(),
              out.values.begin());
  return out;
}

template <class S>
struct EigenSide {
  using tensor = mgan::EigenMatrix<S>;
  using vector = mgan::EigenVector<S>;

  Outputs expected;  // shapes of the results
  Outputs results = {};

  std::vector<tensor> samples(const char*, const Array& x, const Lengths& lengths = {}) const {
    std::vector<tensor> batch;
    for (Index b = 0; b < x.size(0); ++b) {
      batch.push_back(eigen_matrix<S>(sample(x, b, reference::length_of(lengths, b, x.size(1)))));
    }
    return batch;
  }
  /// What goes along with a ragged batch and has no mask of its own.
  std::vector<tensor> padded(const char* name, const Array& x, const Lengths& lengths) const {
    return samples(name, x, lengths);
  }
  std::vector<vector> vectors(const char*, const Array& x, const Lengths& lengths = {}) const {
    std::vector<vector> batch;
    for (Index b = 0; b < x.size(0); ++b) {
      batch.push_back(eigen_vector<S>(sample(x, b, reference::length_of(lengths, b, x.size(1)))));
    }
    return batch;
  }
  tensor whole(const char*, const Array& x) const { return eigen_matrix<S>(x); }

  /// f(batch), with lengths or without.
  template <class F>
  void with_samples(const char* name, const Array& x, const Lengths& lengths, F&& f) const {
    f(samples(name, x, lengths));
  }
  template <class F>
  void with_vectors(const char* name, const Array& x, const Lengths& lengths, F&& f) const {
    f(vectors(name, x, lengths));
  }

  template <class M>
  void weights(M& module, const Leaves& names) const {
    set_weights(module, names, [](const std::string&, auto& weight, const Array& numbers) {
      using W = std::remove_reference_t<decltype(weight)>;
      const auto& s = numbers.shape;
      if constexpr (std::is_same_v<W, mgan::EigenKernel<S>>)
        weight = mgan::make_kernel<tensor>(s.at(0), s.at(1), s.at(2));
      else if constexpr (std::is_same_v<W, vector>) weight.resize(s.at(0));
      else weight.resize(s.at(0), s.at(1));
      mgan::assign(weight, host(numbers));
    });
  }

  /// f of every sample.
  template <class F, class Batch, class... More>
  auto each(const F& f, const Batch& batch, const More&... more) const {
    std::vector<decltype(f(batch.front(), more.front()...))> out;
    for (std::size_t b = 0; b < batch.size(); ++b) out.push_back(f(batch[b], more.at(b)...));
    return out;
  }

  void output(const std::string& name, const tensor& x) { results[name] = array(mgan::to_host(x)); }
  void output(const std::string& name, S x) { results[name] = Array({}, {static_cast<double>(x)}); }
  /// Results of samples, stacked; shorter ones lie in front of zeros.
  template <class X>
  void output(const std::string& name, const std::vector<X>& batch) {
    Array stacked(expected.at(name).shape);
    const auto size = stacked.values.size() / batch.size();
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const std::vector<double> numbers = flat(batch[b]);
      mgan::require(numbers.size() <= size, name, ": ", numbers.size(), " numbers, expected at most ", size);
      std::copy(numbers.begin(), numbers.end(), stacked.values.begin() + static_cast<std::ptrdiff_t>(b * size));
    }
    results[name] = stacked;
  }
  template <class X>
  void output_sum(const std::string& name, const std::vector<X>& batch) {
    S total = 0;
    for (const X& x : batch) total += x;
    output(name, total);
  }

 private:
  template <class X>
  static std::vector<double> flat(const X& x) {
    if constexpr (std::is_arithmetic_v<X>) return {static_cast<double>(x)};
    else return mgan::to_host(x).values;
  }
};

/// "" when mgan on Eigen computes what the naive loop computes.
template <class S, class Case>
std::string against_reference(Case c) {
  EigenSide<S> side{c.expected()};
  c.run(side);
  return difference(side.results, side.expected, tolerance<S>(c.temperature()));
}

}  // namespace support
