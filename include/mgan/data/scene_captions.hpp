// SCENES, part 5: five captions of a scene, from a small grammar with paraphrases.
//
// A caption tells some facts of the scene and leaves others out: two objects with some of their attributes, and a
// place, a relation, a count or the background. All that it tells is true.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/data/scene_objects.hpp"

namespace mgan::data {

/// Alternatives of equal meaning.
using Synonyms = std::vector<std::string_view>;

struct SceneWords {
  std::vector<Synonyms> shapes{{"circle", "disc"}, {"square", "box"}, {"triangle", "pyramid"}, {"star"},
                               {"ring", "hoop"},   {"cross", "plus"}, {"diamond", "rhombus"},  {"crescent", "moon"}};
  std::vector<Synonyms> colours{{"red", "scarlet"},   {"green", "emerald"}, {"blue", "cobalt"}, {"yellow", "golden"},
                                {"purple", "violet"}, {"orange", "amber"},  {"white", "ivory"}, {"black", "ebony"}};
  std::vector<Synonyms> textures{
      {"plain", "solid"}, {"striped", "banded"}, {"dotted", "spotted"}, {"checked", "chequered"}};
  std::vector<Synonyms> patterns{{"without pattern"}, {"with stripes"}, {"with dots", "with spots"}, {"with checks"}};
  std::vector<Synonyms> sizes{{"small", "little", "tiny"}, {"large", "big", "huge"}};
  std::vector<Synonyms> backgrounds{{"in the sky", "against a blue sky"},
                                    {"on the grass", "in a meadow", "on a lawn"},
                                    {"on the sand", "on a beach"},
                                    {"in the water", "on a lake", "at sea"},
                                    {"on a brick wall", "in front of bricks"},
                                    {"at night", "in the dark"},
                                    {"in the snow", "on a snowy field"},
                                    {"on a wooden floor", "on planks"}};
  std::vector<Synonyms> places{{"in the top left corner", "at the upper left"},  // row 0
                               {"at the top", "in the upper middle"},
                               {"in the top right corner", "at the upper right"},
                               {"on the left", "at the left edge"},  // row 1
                               {"in the centre", "in the middle"},
                               {"on the right", "at the right edge"},
                               {"in the bottom left corner", "at the lower left"},  // row 2
                               {"at the bottom", "in the lower middle"},
                               {"in the bottom right corner", "at the lower right"}};
  std::vector<Synonyms> relations{
      {"left of", "to the left of"}, {"right of", "to the right of"}, {"above", "over"}, {"below", "under", "beneath"}};
  std::vector<Synonyms> counts{{"two"}, {"three"}, {"four"}};
  Synonyms objects{"objects", "shapes", "things"};
};
inline const SceneWords scene_words;

/// Words joined by spaces; empty ones are skipped. Braces fix the order in which the parts are drawn, `+` would not.
inline std::string sentence(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return text;
}

/// Writes captions of one scene, choosing words by its word_seed.
struct SceneWriter {
  const Scene& scene;
  SceneStream stream{scene.word_seed};

  bool one_in(int n) { return stream.below(n) == 0; }
  std::string pick(const Synonyms& words) {
    return std::string(words[static_cast<std::size_t>(stream.below(static_cast<int>(words.size())))]);
  }
  template <class E>
  std::string pick(const std::vector<Synonyms>& table, E fact) {
    return pick(table[static_cast<std::size_t>(fact)]);
  }

  /// "a small striped red circle" or "a small red circle with stripes", with the facts that are asked for.
  std::string noun(const SceneObject& o, bool size, bool texture, bool colour) {
    const SceneWords& words = scene_words;
    const bool behind = texture && one_in(3);
    const std::string text =
        sentence({size ? pick(words.sizes, o.large) : "", texture && !behind ? pick(words.textures, o.texture) : "",
                  colour ? pick(words.colours, o.colour) : "", pick(words.shapes, o.shape),
                  behind ? pick(words.patterns, o.texture) : ""});
    const bool vowel = std::string_view("aeiou").find(text.front()) != std::string_view::npos;
    return (vowel ? "an " : "a ") + text;
  }
  /// Colour and perhaps texture or size; without the colour, both of these.
  std::string some(const SceneObject& o) {
    const bool colour = !one_in(4), texture = !colour || one_in(2), size = !colour || one_in(2);
    return noun(o, size, texture, colour);
  }
  std::string full(const SceneObject& o) { return noun(o, true, true, true); }
  std::string brief(const SceneObject& o) { return noun(o, false, false, true); }

  std::string background() { return pick(scene_words.backgrounds, scene.background); }
  std::string place(const SceneObject& o) { return pick(scene_words.places, 3 * o.row + o.column); }
  std::string count() {
    return sentence({pick(scene_words.counts, scene.objects.size() - 2), pick(scene_words.objects)});
  }
  /// How `a` lies to `b`; they stand in different rows, in different columns, or both.
  std::string relation(const SceneObject& a, const SceneObject& b) {
    const bool across = a.row == b.row || (a.column != b.column && one_in(2));
    return pick(scene_words.relations, across ? (a.column < b.column ? 0 : 1) : (a.row < b.row ? 2 : 3));
  }

  // The five kinds of sentence.
  std::string where_two(const SceneObject& a, const SceneObject& b) {
    const bool ground = one_in(3);
    return sentence(
        {some(a), pick({"is", "lies", ""}), relation(a, b), ground ? brief(b) : some(b), ground ? background() : ""});
  }
  std::string what_is_there(const SceneObject& a, const SceneObject& b) {
    if (one_in(3)) return sentence({background(), "there are", some(a), "and", some(b)});
    return sentence({pick({"", "there are", "you can see"}), some(a), "and", some(b), background()});
  }
  std::string place_of_one(const SceneObject& a, const SceneObject& b) {
    return sentence({some(a), place(a), pick({"and", ", also"}), brief(b)});
  }
  std::string how_many(const SceneObject& a, const SceneObject& b) {
    return sentence({pick({"", "there are", "a picture of"}), count(), background(),
                     pick({", among them", "including"}), brief(a), "and", brief(b)});
  }
  std::string one_in_detail(const SceneObject& a) {
    if (one_in(2)) return sentence({background(), pick({"there is", "you can see"}), full(a), place(a)});
    return sentence({full(a), place(a), background()});
  }

  /// One sentence of each kind, in any order, turning to the next object each time.
  std::vector<std::string> operator()() {
    std::array<std::size_t, 5> kinds{0, 1, 2, 3, 4};
    for (int i = 4; i > 0; --i) {
      std::swap(kinds[static_cast<std::size_t>(i)], kinds[static_cast<std::size_t>(stream.below(i + 1))]);
    }
    const std::size_t n = scene.objects.size();
    std::size_t next = static_cast<std::size_t>(stream.below(static_cast<int>(n)));
    std::vector<std::string> captions;
    for (const std::size_t kind : kinds) {
      const SceneObject& a = scene.objects[next % n];
      const SceneObject& b = scene.objects[(next + 1) % n];
      ++next;
      captions.push_back(kind == 0   ? where_two(a, b)
                         : kind == 1 ? what_is_there(a, b)
                         : kind == 2 ? place_of_one(a, b)
                         : kind == 3 ? how_many(a, b)
                                     : one_in_detail(a));
    }
    return captions;
  }
};

/// Five captions of 5 to 20 words, all different and all true.
inline std::vector<std::string> captions_of(const Scene& scene) { return SceneWriter{scene}(); }

}  // namespace mgan::data
