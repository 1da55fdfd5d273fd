// Understands captions of SCENES, by a word list of its own: is a caption true of a scene?
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/data/scene_objects.hpp"
#include "mgan/text/vocabulary.hpp"

struct SceneReader {
  using Scene = mgan::data::Scene;
  using Object = mgan::data::SceneObject;

  /// What a caption says of one object; -1: nothing.
  struct Mention {
    int shape = -1, colour = -1, texture = -1, large = -1, row = -1, column = -1;

    bool fits(const Object& o) const {
      const auto says = [](int fact, auto truth) { return fact < 0 || fact == static_cast<int>(truth); };
      return says(shape, o.shape) && says(colour, o.colour) && says(texture, o.texture) && says(large, o.large) &&
             says(row, o.row) && says(column, o.column);
    }
  };

  using List = std::map<std::string, int>;
  List shapes{{"circle", 0},  {"disc", 0},    {"square", 1},  {"box", 1},      {"triangle", 2},
              {"pyramid", 2}, {"star", 3},    {"ring", 4},    {"hoop", 4},     {"cross", 5},
              {"plus", 5},    {"diamond", 6}, {"rhombus", 6}, {"crescent", 7}, {"moon", 7}};
  List colours{{"red", 0},    {"scarlet", 0}, {"green", 1},  {"emerald", 1}, {"blue", 2},   {"cobalt", 2},
               {"yellow", 3}, {"golden", 3},  {"purple", 4}, {"violet", 4},  {"orange", 5}, {"amber", 5},
               {"white", 6},  {"ivory", 6},   {"black", 7},  {"ebony", 7}};
  List textures{{"plain", 0},  {"solid", 0},   {"striped", 1}, {"banded", 1},
                {"dotted", 2}, {"spotted", 2}, {"checked", 3}, {"chequered", 3}};
  List patterns{{"without pattern", 0}, {"with stripes", 1}, {"with dots", 2}, {"with spots", 2}, {"with checks", 3}};
  List sizes{{"small", 0}, {"little", 0}, {"tiny", 0}, {"large", 1}, {"big", 1}, {"huge", 1}};
  List counts{{"two", 2}, {"three", 3}, {"four", 4}};
  List backgrounds{
      {"in the sky", 0},       {"against a blue sky", 0}, {"on the grass", 1}, {"in a meadow", 1}, {"on a lawn", 1},
      {"on the sand", 2},      {"on a beach", 2},         {"in the water", 3}, {"on a lake", 3},   {"at sea", 3},
      {"on a brick wall", 4},  {"in front of bricks", 4}, {"at night", 5},     {"in the dark", 5}, {"in the snow", 6},
      {"on a snowy field", 6}, {"on a wooden floor", 7},  {"on planks", 7}};
  List places{{"in the top left corner", 0},
              {"at the upper left", 0},
              {"at the top", 1},
              {"in the upper middle", 1},
              {"in the top right corner", 2},
              {"at the upper right", 2},
              {"on the left", 3},
              {"at the left edge", 3},
              {"in the centre", 4},
              {"in the middle", 4},
              {"on the right", 5},
              {"at the right edge", 5},
              {"in the bottom left corner", 6},
              {"at the lower left", 6},
              {"at the bottom", 7},
              {"in the lower middle", 7},
              {"in the bottom right corner", 8},
              {"at the lower right", 8}};
  List relations{{"to the left of", 0}, {"left of", 0}, {"to the right of", 1}, {"right of", 1}, {"above", 2},
                 {"over", 2},           {"below", 3},   {"under", 3},           {"beneath", 3}};
  List filler{{"a", 0},   {"an", 0},        {"there", 0},   {"is", 0},     {"are", 0},   {"lies", 0}, {"you", 0},
              {"can", 0}, {"see", 0},       {"and", 0},     {"also", 0},   {"among", 0}, {"them", 0}, {"picture", 0},
              {"of", 0},  {"including", 0}, {"objects", 0}, {"shapes", 0}, {"things", 0}};

  /// Takes the longest phrase of `list` that `words` has at `at`.
  static std::optional<int> take(const List& list, const std::vector<std::string>& words, std::size_t& at) {
    for (std::size_t n = std::min<std::size_t>(5, words.size() - at); n > 0; --n) {
      std::string phrase = words[at];
      for (std::size_t i = 1; i < n; ++i) phrase += " " + words[at + i];
      const auto found = list.find(phrase);
      if (found == list.end()) continue;
      at += n;
      return found->second;
    }
    return std::nullopt;
  }

  struct Meaning {
    std::vector<Mention> mentions;
    int background = -1, count = -1, relation = -1;
  };

  /// Throws where a word has no place in the grammar, so that nothing goes unchecked.
  Meaning read(const std::string& caption) const {
    Meaning meaning;
    Mention next;
    const auto words = mgan::text::words_of(caption);
    for (std::size_t at = 0; at < words.size();) {
      if (const auto v = take(backgrounds, words, at)) {
        set(meaning.background, *v);
        continue;
      }
      if (const auto v = take(places, words, at)) {
        set(meaning.mentions.back().row, *v / 3);
        set(meaning.mentions.back().column, *v % 3);
        continue;
      }
      if (const auto v = take(relations, words, at)) {
        set(meaning.relation, *v);
        continue;
      }
      if (const auto v = take(patterns, words, at)) {
        set(meaning.mentions.back().texture, *v);
        continue;
      }
      if (const auto v = take(counts, words, at)) {
        set(meaning.count, *v);
        continue;
      }
      if (const auto v = take(sizes, words, at)) {
        set(next.large, *v);
        continue;
      }
      if (const auto v = take(textures, words, at)) {
        set(next.texture, *v);
        continue;
      }
      if (const auto v = take(colours, words, at)) {
        set(next.colour, *v);
        continue;
      }
      if (const auto v = take(shapes, words, at)) {
        next.shape = *v;
        meaning.mentions.push_back(std::exchange(next, {}));
        continue;
      }
      if (!take(filler, words, at)) throw std::runtime_error("unknown word '" + words[at] + "' in: " + caption);
    }
    return meaning;
  }

  /// One or two mentions, of different objects.
  static bool is_true(const Meaning& meaning, const Scene& scene) {
    if (meaning.background >= 0 && meaning.background != static_cast<int>(scene.background)) return false;
    if (meaning.count >= 0 && meaning.count != static_cast<int>(scene.objects.size())) return false;
    for (const Object& a : scene.objects) {
      if (!meaning.mentions.at(0).fits(a)) continue;
      if (meaning.mentions.size() == 1) return true;
      for (const Object& b : scene.objects) {
        if (&a == &b || !meaning.mentions.at(1).fits(b)) continue;
        const bool holds[] = {a.x < b.x && a.column<b.column, a.x> b.x && a.column > b.column,
                              a.y < b.y && a.row<b.row, a.y> b.y && a.row > b.row};
        if (meaning.relation < 0 || holds[meaning.relation]) return true;
      }
    }
    return false;
  }

 private:
  static void set(int& fact, int value) {
    if (fact >= 0) throw std::runtime_error("a fact is told twice");
    fact = value;
  }
};
