// Rows of floats as they lie in the caller's memory: what every kernel reads, and where every gradient goes. The D
// numbers of a row lie side by side. A view holds no numbers: they have to outlive it.
#pragma once

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "mgan/core/error.hpp"
#include "mgan/core/list.hpp"

namespace mgan::kernels {

/// (I, K, D). Number: const float, or float for what is written.
template <class Number>
struct ImageRowsOf {
  Number* first = nullptr;
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  std::int64_t next_image = 0, next_row = 0;     // in numbers

  /// Row k of image i.
  Number* at(std::int64_t image, std::int64_t row) const { return first + image * next_image + row * next_row; }
  operator ImageRowsOf<const float>() const requires(!std::is_const_v<Number>) {
    return {first, images, rows, width, next_image, next_row};
  }
};
using ImageRows = ImageRowsOf<const float>;

/// Captions of several lengths, each of at least one word.
template <class Number>
struct WordRowsOf {
  Number* first = nullptr;
  List<std::int64_t> lengths, starts;     // words of a caption; its first word, in numbers from `first`
  std::int64_t width = 0, next_word = 0;  // D; in numbers

  std::int64_t texts() const { return lengths.count(); }
  std::int64_t longest() const { return lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end()); }
  std::int64_t words() const { return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}); }
  /// Word l of caption t.
  Number* at(std::int64_t text, std::int64_t word) const { return first + starts[text] + word * next_word; }
  operator WordRowsOf<const float>() const requires(!std::is_const_v<Number>) {
    return {first, lengths, starts, width, next_word};
  }
};
using WordRows = WordRowsOf<const float>;

/// (I, K, D), one row behind the other.
template <class Number>
ImageRowsOf<Number> image_rows(Number* first, std::int64_t images, std::int64_t rows, std::int64_t width) {
  return {first, images, rows, width, rows * width, width};
}

namespace detail {
template <class Number, class Start>
WordRowsOf<Number> words_of(Number* first, List<std::int64_t> lengths, std::int64_t width, std::int64_t next_word,
                            const Start& start) {
  WordRowsOf<Number> rows{first, std::move(lengths), {}, width, next_word};
  std::int64_t words = 0;
  for (std::int64_t t = 0; t < rows.texts(); ++t) {
    require(rows.lengths[t] > 0, "word rows: caption ", t, " has ", rows.lengths[t], " words");
    rows.starts.push_back(start(t, words));
    words += rows.lengths[t];
  }
  return rows;
}
}  // namespace detail

/// Padded (T, L, D): what lies behind a length is never read. Errors: a caption without words.
template <class Number>
WordRowsOf<Number> padded_words(Number* first, List<std::int64_t> lengths, std::int64_t width, std::int64_t next_text,
                                std::int64_t next_word) {
  return detail::words_of(first, std::move(lengths), width, next_word,
                          [=](std::int64_t t, std::int64_t) { return t * next_text; });
}
/// Captions end to end: (all words, D). Errors: a caption without words.
template <class Number>
WordRowsOf<Number> joined_words(Number* first, List<std::int64_t> lengths, std::int64_t width) {
  return detail::words_of(first, std::move(lengths), width, width,
                          [=](std::int64_t, std::int64_t words) { return words * width; });
}

}  // namespace mgan::kernels
