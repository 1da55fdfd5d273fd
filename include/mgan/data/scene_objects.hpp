// SCENES, part 1: what is in a scene, drawn from a seed.
//
// Integer arithmetic alone, no distribution of <random> (their results differ between standard libraries): a seed gives
// the same scenes with every compiler. The generator and its words are frozen; a test holds their hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/data/dataset.hpp"

namespace mgan::data {

enum class SceneShape { circle, square, triangle, star, ring, cross, diamond, crescent };
enum class SceneColour { red, green, blue, yellow, purple, orange, white, black };
enum class SceneTexture { plain, striped, dotted, checked };
enum class SceneBackground { sky, grass, sand, water, brick, night, snow, wood };

/// Side of the square that scenes live in; a picture of any size shows all of it. Divisible by the usual sizes.
inline constexpr int scene_side = 1024;

struct SceneObject {
  SceneShape shape{};
  SceneColour colour{};
  SceneTexture texture{};
  bool large = false;
  int row = 0;  // of a 3 x 3 grid of places, one object a place
  int column = 0;
  int x = 0;  // centre and radius, in units of scene_side
  int y = 0;
  int radius = 0;
};

struct Scene {
  SceneBackground background{};
  std::vector<SceneObject> objects;  // 2 to 4
  std::uint64_t paint_seed = 0;      // for the grain of the picture
  std::uint64_t word_seed = 0;       // for the choice of words
};

/// SplitMix64 (Steele, Lea, Flood 2014): a stream of 64-bit numbers from one.
struct SceneStream {
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0 <= below(n) < n, uniform up to 2^-32.
  int below(int n) { return static_cast<int>(((*this)() >> 32) * static_cast<std::uint64_t>(n) >> 32); }
  template <class E>
  E one_of(int n) {
    return static_cast<E>(below(n));
  }
};

/// Everything about a scene that captions can speak of, as one number: background, and what stands at which place.
inline std::uint64_t description_of(const Scene& scene) {
  std::uint64_t sum = 0;  // a sum, so that the order of the objects does not matter
  for (const SceneObject& o : scene.objects) {
    std::uint64_t facts = static_cast<std::uint64_t>(o.shape);
    for (const int fact : {static_cast<int>(o.colour), static_cast<int>(o.texture), int{o.large}, o.row, o.column}) {
      facts = facts * 8 + static_cast<std::uint64_t>(fact);
    }
    sum += SceneStream{facts}();
  }
  return SceneStream{sum * 8 + static_cast<std::uint64_t>(scene.background)}();
}

/// The split that a description belongs to, for every seed: 1/8 val, 1/8 test. So a scene of val or test is never
/// described as one of train.
inline Split split_of(std::uint64_t description) {
  return description % 8 == 0 ? Split::val : description % 8 == 1 ? Split::test : Split::train;
}

/// The colour that would vanish on this background.
constexpr SceneColour clashing_colour(SceneBackground background) {
  constexpr SceneColour clash[] = {SceneColour::blue, SceneColour::green, SceneColour::yellow, SceneColour::blue,
                                   SceneColour::red,  SceneColour::black, SceneColour::white,  SceneColour::orange};
  return clash[static_cast<int>(background)];
}

/// Objects that differ in shape or colour, at different places, each inside its place.
inline Scene draw_scene(SceneStream& stream) {
  constexpr int place = scene_side / 3;
  Scene scene;
  scene.background = stream.one_of<SceneBackground>(8);
  const int count = 2 + stream.below(3);
  while (static_cast<int>(scene.objects.size()) < count) {
    SceneObject o;
    o.shape = stream.one_of<SceneShape>(8);
    o.colour = stream.one_of<SceneColour>(8);
    o.texture = stream.one_of<SceneTexture>(4);
    o.large = stream.below(2) == 1;
    o.row = stream.below(3);
    o.column = stream.below(3);
    o.radius = (o.large ? 150 : 92) + stream.below(13);
    const int slack = place / 2 - o.radius;
    o.x = place * o.column + place / 2 - slack + stream.below(2 * slack + 1);
    o.y = place * o.row + place / 2 - slack + stream.below(2 * slack + 1);
    bool fits = o.colour != clashing_colour(scene.background);
    for (const SceneObject& other : scene.objects) {
      fits = fits && !(o.shape == other.shape && o.colour == other.colour) &&
             !(o.row == other.row && o.column == other.column);
    }
    if (fits) scene.objects.push_back(o);
  }
  scene.paint_seed = stream();
  scene.word_seed = stream();
  return scene;
}

/// Scene `index` of a split: a stream of its own, drawn until a description of that split comes up.
inline Scene scene_at(std::uint64_t seed, Split split, std::size_t index) {
  SceneStream stream{SceneStream{SceneStream{seed}() + static_cast<std::uint64_t>(split)}() + index};
  stream.state = stream();
  Scene scene = draw_scene(stream);
  while (split_of(description_of(scene)) != split) scene = draw_scene(stream);
  return scene;
}

}  // namespace mgan::data
