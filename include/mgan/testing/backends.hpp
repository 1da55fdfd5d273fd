// The same functor on two tensor libraries, in double, from the same weights and inputs.
#pragma once

#include <type_traits>
#include <vector>

#include "mgan/testing/result.hpp"
#include "mgan/testing/twin.hpp"

namespace mgan {

struct eigen_ops;  // complete after <mgan/backend/eigen.hpp>
struct torch_ops;  // complete after <mgan/backend/torch.hpp>

/// A functor and its counterpart on the other tensor library, for those of which no twin can be made. The weights of
/// the second become those of the first, by name; its settings are yours.
template <class One, class Other>
struct Twins {
  One one;
  Other other;
};
template <class One, class Other>
Twins(One, Other) -> Twins<One, Other>;

namespace detail {

template <class T>
constexpr const char* library_name() {
  if constexpr (std::is_same_v<ops_for<T>, eigen_ops>) return "Eigen";
  else if constexpr (std::is_same_v<ops_for<T>, torch_ops>) return "LibTorch";
  else return "your tensor type";
}

/// The other one of Eigen and LibTorch: LibTorch for Eigen, Eigen for everything else.
template <class Ops>
struct other_library {
  using type = eigen_ops;
};
template <>
struct other_library<eigen_ops> {
  using type = torch_ops;
};
template <class Ops>
concept Included = requires {
  typename Ops::tensor;
};

/// A batch or a list as samples without padding.
template <class Input>
std::vector<HostArray> host_samples(const Input& input) {
  std::vector<HostArray> out;
  for (std::int64_t b = 0; b < sample_count(input); ++b) {
    if constexpr (is_list<Input>) {
      out.push_back(to_host(input[static_cast<std::size_t>(b)]));
    } else {
      HostArray one = to_host(values(alone(input, b)));
      one.shape.erase(one.shape.begin());
      out.push_back(std::move(one));
    }
  }
  return out;
}

/// Scores (I, T) of samples: lists for a library without batches, else batches of one.
template <class Image, class Text, class M>
HostArray score_samples(const M& functor, const std::vector<HostArray>& images, const std::vector<HostArray>& texts) {
  const auto made = [](auto type, const std::vector<HostArray>& samples) {
    std::vector<typename decltype(type)::type> out;
    for (HostArray x : samples) {
      if constexpr (has_batches<typename decltype(type)::type>) x.shape.insert(x.shape.begin(), 1);
      out.push_back(make_tensor<typename decltype(type)::type>(x));
    }
    return out;
  };
  const auto image = made(std::type_identity<Image>{}, images);
  const auto text = made(std::type_identity<Text>{}, texts);
  if constexpr (has_batches<Image>) {
    HostArray scores{{static_cast<std::int64_t>(images.size()), static_cast<std::int64_t>(texts.size())}, {}};
    for (const Image& i : image)
      for (const Text& t : text) scores.values.push_back(to_host(all_pairs(functor, i, t)).values.at(0));
    return scores;
  } else {
    return to_host(all_pairs(functor, image, text));
  }
}

/// The type of samples there: what was asked for, or a matrix.
template <class Asked, class T>
using sample_type = std::conditional_t<std::is_void_v<Asked>, T, Asked>;

template <class ImageThere, class TextThere, class One, class Other, class Images, class Texts>
CheckResult compare_backends(const One& one, const Other& other, double temperature, const Images& images,
                             const Texts& texts) {
  CheckResult result{"backends", library_name<tensor_of<Images>>(), library_name<ImageThere>()};
  const auto doubles = [](const char* name) {
    return [name](const auto& x) { return in_double("check_backends", name, x); };
  };
  const HostArray here = to_host(
      all_pairs(one, map_floating(images, doubles("image"), to_cpu{}), map_floating(texts, doubles("text"), to_cpu{})));
  const HostArray there = score_samples<ImageThere, TextThere>(other, host_samples(images), host_samples(texts));
  result.compare("scores", here, there, tolerance(Compared::twice, "F64", temperature));
  return result;
}

}  // namespace detail

/// Scores of all images and texts here and on the other library, (images, texts). Inputs are LibTorch batches, Masked
/// if they are padded, or lists of samples of Eigen or of your tensor type. The other library is Eigen for LibTorch and
/// for your type, LibTorch for Eigen. From a batch, samples there are matrices; where they are vectors, say so:
/// `check_backends<Eigen::VectorXd, Eigen::VectorXd>(GlobalAlignment{}, images, texts)`.
template <class ImageThere = void, class TextThere = ImageThere, class One, class Other, class Images, class Texts>
CheckResult check_backends(Twins<One, Other> twins, const Images& images, const Texts& texts) {
  using Ops = typename detail::other_library<ops_for<detail::tensor_of<Images>>>::type;
  detail::require_visit<One>();
  static_assert(detail::Included<Ops>,
                "mgan: check_backends needs two libraries: include <mgan/backend/eigen.hpp> and, if yours is not a "
                "third, <mgan/backend/torch.hpp>");
  if constexpr (detail::Included<Ops>) {
    using There = typename Ops::tensor;
    detail::copy_weights(twins.one, twins.other);
    detail::copy_weights(twins.other, twins.one);  // its own numbers, in double
    return detail::compare_backends<detail::sample_type<ImageThere, There>, detail::sample_type<TextThere, There>>(
        twins.one, twins.other, temperature_of(twins.one), images, texts);
  } else {
    return {};
  }
}
/// The same for one functor: its twin is made by `twin_of`.
template <class ImageThere = void, class TextThere = ImageThere, class M, class Images, class Texts>
CheckResult check_backends(const M& functor, const Images& images, const Texts& texts) {
  using T = detail::tensor_of<Images>;
  using Ops = typename detail::other_library<ops_for<T>>::type;
  if constexpr (detail::Included<Ops>) {
    return check_backends<ImageThere, TextThere>(Twins{functor, twin_of<typename Ops::tensor, matrix_of<T>>(functor)},
                                                 images, texts);
  } else {
    return check_backends<ImageThere, TextThere>(Twins{functor, functor}, images, texts);  // says what is missing
  }
}

}  // namespace mgan
