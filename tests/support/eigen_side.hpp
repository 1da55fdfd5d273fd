// Reference arrays as lists of Eigen samples, each cut to its length, and results back as arrays.
#pragma once

#include <algorithm>

#include "compare.hpp"
#include "leaves.hpp"
#include "mgan/testing/eigen/side.hpp"

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

/// Sample `b` of (B, n, D) with its first `rows` rows, or of (B, n) with its first `rows` numbers.
inline Array sample(const Array& batch, Index b, Index rows) {
  Array out = batch.shape.size() == 3 ? Array({rows, batch.size(2)}) : Array({rows});
  const auto size =
      static_cast<std::size_t>(batch.size(1)) * (batch.shape.size() == 3 ? static_cast<std::size_t>(batch.size(2)) : 1);
  std::copy_n(batch.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(b) * size), out.values.size(),
              out.values.begin());
  return out;
}

/// The side of mgan/testing, on arrays of the naive loops instead of a file: those of a case are handed over as it asks
/// for them.
template <class S>
struct EigenSide : mgan::testing::EigenSide<S> {
  using Base = mgan::testing::EigenSide<S>;
  using tensor = typename Base::tensor;
  using vector = typename Base::vector;

  /// Outputs of these shapes are expected.
  explicit EigenSide(const Outputs& expected = {}) : Base{{"reference", "", ""}} {
    for (const auto& [name, x] : expected) this->source.tensors["expect." + name] = host(x);
  }

  std::vector<tensor> samples(const std::string& name, const Array& x, const Lengths& lengths = {}) {
    return taking(name, x).Base::samples(name, lengths);
  }
  /// What goes along with a ragged batch and has no mask of its own.
  std::vector<tensor> padded(const std::string& name, const Array& x, const Lengths& lengths) {
    return samples(name, x, lengths);
  }
  std::vector<vector> vectors(const std::string& name, const Array& x, const Lengths& lengths = {}) {
    return taking(name, x).Base::vectors(name, lengths);
  }
  tensor whole(const std::string& name, const Array& x) { return taking(name, x).Base::whole(name); }

  /// f(batch), with lengths or without.
  template <class F>
  void with_samples(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    f(samples(name, x, lengths));
  }
  template <class F>
  void with_vectors(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    f(vectors(name, x, lengths));
  }

  template <class M>
  void weights(M& module, const Leaves& names) {
    check_names(module, names);
    for (const auto& [name, x] : names) this->source.tensors["param." + name] = host(*x);
    Base::weights(module);
  }

  Outputs outputs() const {
    Outputs out;
    for (const auto& [name, x] : this->results) out[name] = array(x);
    return out;
  }

 private:
  EigenSide& taking(const std::string& name, const Array& x) {
    this->source.tensors["input." + name] = host(x);
    return *this;
  }
};

/// "" when mgan on Eigen computes what the naive loop computes.
template <class S, class Case>
std::string against_reference(Case c) {
  const Outputs expected = c.expected();
  EigenSide<S> side{expected};
  c.run(side);
  return difference(side.outputs(), expected, tolerance<S>(c.temperature()));
}

}  // namespace support
