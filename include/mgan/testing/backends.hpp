// The same functor on two tensor libraries, from the same weights and inputs: in double, where both have it.
#pragma once

#include <type_traits>
#include <vector>

#include "mgan/testing/result.hpp"
#include "mgan/testing/twin.hpp"

namespace mgan {

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
  if constexpr (requires { ops_for<T>::name; }) return ops_for<T>::name;
  else return "your tensor type";
}

/// The first library for checks that is not the one of Ops; void where no other is included.
template <class Ops, int place = 0>
auto other_library() {
  if constexpr (requires { typename library_for_checks<place>::ops; }) {
    using Other = typename library_for_checks<place>::ops;
    if constexpr (!std::is_same_v<Other, Ops>) return std::type_identity<Other>{};
    else return other_library<Ops, place + 1>();
  } else if constexpr (place < 4) {
    return other_library<Ops, place + 1>();
  } else {
    return std::type_identity<void>{};
  }
}
template <class Input>
using library_there = typename decltype(other_library<ops_for<tensor_of<Input>>>())::type;

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

/// A sample as a library takes it: with a batch axis, if its tensors have one.
template <class X>
HostArray batch_of_one(HostArray sample) {
  if constexpr (has_batches<X>) sample.shape.insert(sample.shape.begin(), 1);
  return sample;
}

/// Scores (I, T) of samples: lists for a library without batches, else batches of one.
template <class Image, class Text, class M>
HostArray score_samples(const M& functor, const std::vector<HostArray>& images, const std::vector<HostArray>& texts) {
  const auto made = [](auto type, const std::vector<HostArray>& samples) {
    using X = typename decltype(type)::type;
    std::vector<X> out;
    for (const HostArray& x : samples) out.push_back(make_tensor<X>(batch_of_one<X>(x)));
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
  const auto doubles = [](const auto& x) { return as_double(x); };
  const auto image = map_floating(images, doubles, to_cpu{});
  const auto text = map_floating(texts, doubles, to_cpu{});
  const auto host_images = host_samples(image), host_texts = host_samples(text);
  const HostArray here = to_host(all_pairs(one, image, text));
  const HostArray there = score_samples<ImageThere, TextThere>(other, host_images, host_texts);
  const std::string precision =
      coarser(kept_precision(any_tensor(image)),
              kept_precision(make_tensor<ImageThere>(batch_of_one<ImageThere>(host_images.at(0)))));
  result.compare("scores", here, there, tolerance(Compared::twice, precision, temperature));
  return result;
}

}  // namespace detail

/// Scores of all images and texts here and on another library, (images, texts). Inputs are batches of a library that
/// has them, Masked if they are padded, or lists of samples. The other library is the first that is included
/// (library_for_checks). From a batch, samples there are matrices; where they are vectors, say so:
/// `check_backends<Eigen::VectorXd, Eigen::VectorXd>(GlobalAlignment{}, images, texts)`.
/// A type without double is judged as its numbers are kept.
template <class ImageThere = void, class TextThere = ImageThere, class One, class Other, class Images, class Texts>
CheckResult check_backends(Twins<One, Other> twins, const Images& images, const Texts& texts) {
  using Ops = detail::library_there<Images>;
  detail::require_visit<One>();
  static_assert(!std::is_void_v<Ops>,
                "mgan: check_backends needs two libraries: include <mgan/backend/eigen.hpp> or, if yours is that one, "
                "<mgan/backend/torch.hpp>");
  if constexpr (!std::is_void_v<Ops>) {
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
  using Ops = detail::library_there<Images>;
  if constexpr (std::is_void_v<Ops>) {
    return check_backends<ImageThere, TextThere>(Twins{functor, functor}, images, texts);  // says what is missing
  } else {
    detail::require_twin<M, matrix_of<T>, typename Ops::tensor>();
    if constexpr (detail::has_twin<M, matrix_of<T>, typename Ops::tensor>)
      return check_backends<ImageThere, TextThere>(Twins{functor, twin_of<typename Ops::tensor, matrix_of<T>>(functor)},
                                                   images, texts);
    else return {};
  }
}

}  // namespace mgan
