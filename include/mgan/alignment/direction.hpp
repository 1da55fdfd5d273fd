// Which side asks and which answers: text to image, words ask regions; image to text, regions ask words.
#pragma once

namespace mgan {

struct TextToImage {
  static constexpr const char* name = "text_to_image";
  static constexpr bool over_words = true, over_regions = false;
  static constexpr double factor = 1;

  /// f(queries, sources).
  template <class Image, class Text, class F>
  static decltype(auto) sides(const Image& image, const Text& text, F&& f) {
    return f(text, image);
  }
};

struct ImageToText {
  static constexpr const char* name = "image_to_text";
  static constexpr bool over_words = false, over_regions = true;
  static constexpr double factor = 1;

  template <class Image, class Text, class F>
  static decltype(auto) sides(const Image& image, const Text& text, F&& f) {
    return f(image, text);
  }
};

}  // namespace mgan
