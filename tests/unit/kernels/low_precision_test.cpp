// Products in bf16 and int8: every target against plain loops, bit for bit, and against double within the bound.
#include <cmath>

#include "mgan/kernels/cpu/score/sweep.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random.hpp"

using namespace mgan::kernels;
using support::Random;

namespace {

const auto serial = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };

/// One product of the tile: C[l][k].
struct EntryEpilogue {
  std::int64_t k, l;
  static std::int64_t scratch(std::int64_t, std::int64_t) { return 0; }
  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t K, std::int64_t, float* out, float*) const {
    for (int lane = 0; lane < lanes; ++lane) out[lane] = c[(l * K + k) * lanes + lane];
  }
};

using Row = std::vector<float>;

/// The product as the instruction has it, in plain loops.
float product(Bf16, const Row& x, const Row& w) {
  float sum = 0;
  for (std::size_t d = 0; d < x.size(); d += 2) {
    const auto at = [&](const Row& row, std::size_t i) {
      return i < row.size() ? Bf16::value(Bf16::rounded(row[i])) : 0.0f;
    };
    sum = std::fma(at(x, d + 1), at(w, d + 1), sum);
    sum = std::fma(at(x, d), at(w, d), sum);
  }
  return sum;
}
float product(Int8, const Row& x, const Row& w) {
  const auto scale = [](const Row& row) {
    float most = 0;
    for (const float v : row) most = std::max(most, std::abs(v));
    return most / 127;
  };
  const float s = scale(x), t = scale(w);
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < x.size(); ++d) {
    const auto rounded = [&](float v, float by) {
      return by > 0 ? std::lrint(static_cast<double>(v) * (1 / static_cast<double>(by))) : 0;
    };
    sum += rounded(x[d], s) * rounded(w[d], t);
  }
  return static_cast<float>(sum) * (s * t);
}

struct Sides {
  std::int64_t I, K, T, L, D;
  std::vector<Row> rows, words;  // I K, T L

  Sides(std::uint64_t seed, std::int64_t i, std::int64_t k, std::int64_t t, std::int64_t l, std::int64_t d)
      : I(i), K(k), T(t), L(l), D(d) {
    Random random(seed);
    const auto draw = [&](std::int64_t count) {
      std::vector<Row> drawn;
      for (std::int64_t n = 0; n < count; ++n) {
        const auto values = random.normal({D}).values;
        drawn.emplace_back(values.begin(), values.end());
      }
      return drawn;
    };
    rows = draw(I * K);
    words = draw(T * L);
  }
  static Row flat(const std::vector<Row>& rows) {
    Row all;
    for (const Row& row : rows) all.insert(all.end(), row.begin(), row.end());
    return all;
  }
  template <class Format>
  PackedImagesOf<Format> images() const {
    const Row numbers = flat(rows);
    return pack_images<Format>(image_rows(numbers.data(), I, K, D));
  }
  template <class Format>
  PackedTextsOf<Format> texts(std::int64_t words_a_block, const WordLayout& layout = {}) const {
    const Row numbers = flat(words);
    return pack_texts<Format>(joined_words(numbers.data(), mgan::List<std::int64_t>::of(T, L), D), words_a_block,
                              serially{}, layout);
  }
};

template <class Format>
void check_products(const Sides& sides) {
  const auto images = sides.images<Format>();
  const auto texts = sides.texts<Format>(15);
  std::vector<float> scores(static_cast<std::size_t>(sides.I * sides.T)), expected(scores.size());
  for (std::int64_t k = 0; k < sides.K; ++k)
    for (std::int64_t l = 0; l < sides.L; ++l) {
      for (std::int64_t i = 0; i < sides.I; ++i)
        for (std::int64_t t = 0; t < sides.T; ++t)
          expected[static_cast<std::size_t>(i * sides.T + t)] =
              product(Format{}, sides.rows[static_cast<std::size_t>(i * sides.K + k)],
                      sides.words[static_cast<std::size_t>(t * sides.L + l)]);
      for (const Target target : targets<Format>()) {
        INFO(name_of(target) << ", k " << k << ", l " << l << ", D " << sides.D);
        sweep(images, texts, EntryEpilogue{k, l}, {scores.data(), sides.T}, serial, target);
        CHECK(scores == expected);
      }
    }
}

/// The product of a matrix tile: the even and the odd numbers of 32 apart.
float tile_product(Bf16, const Row& x, const Row& w) {
  float sum = 0;
  for (std::size_t first = 0; first < x.size(); first += 32) {
    float apart[2] = {0, 0};
    for (std::size_t d = first; d < std::min(first + 32, x.size()); ++d)
      apart[d % 2] = std::fma(Bf16::value(Bf16::rounded(x[d])), Bf16::value(Bf16::rounded(w[d])), apart[d % 2]);
    sum += apart[0] + apart[1];
  }
  return sum;
}
float tile_product(Int8, const Row& x, const Row& w) { return product(Int8{}, x, w); }

/// C of all images and captions through tiles in plain C++, and through those of the machine where it has them.
template <class Format, Target amx>
void check_tiles(const Sides& sides) {
  const auto images = sides.images<Format>();
  const auto texts = sides.texts<Format>(15, amx_layout);
  std::vector<float> c(static_cast<std::size_t>(texts.most_words() * sides.K * lanes), NAN);
  const bool here = machine_has(amx);
  for (std::int64_t g = 0; g < images.groups(); ++g)
    for (const TextBlock& block : texts.blocks) {
      const auto check = [&](const char* by) {
        for (std::int64_t text = block.begin; text < block.end; ++text)
          for (std::int64_t l = 0; l < sides.L; ++l)
            for (std::int64_t k = 0; k < sides.K; ++k)
              for (std::int64_t i = g * lanes; i < std::min<std::int64_t>(sides.I, (g + 1) * lanes); ++i) {
                const auto at =
                    static_cast<std::size_t>(((texts.first_word[text] + l) * sides.K + k) * lanes + i % lanes);
                const float expected = tile_product(Format{}, sides.rows[static_cast<std::size_t>(i * sides.K + k)],
                                                    sides.words[static_cast<std::size_t>(text * sides.L + l)]);
                INFO(by << ", D " << sides.D << ", image " << i << ", row " << k << ", caption " << text << ", word "
                        << l);
                if (c[at] != expected) CHECK(c[at] == expected);
              }
      };
      const std::int64_t next_word = sides.K * lanes;
      for (std::int64_t k = 0; k < sides.K; ++k)
        for (std::int64_t p = block.first_panel; p < block.first_panel + block.panels; ++p) {
          TileInput<Format, 1> in{{images.row(g, k)}, texts.panel_at(p), images.units(), {}};
          if constexpr (Format::scaled)
            in.scales = {images.facts.scale.data() + images.fact(g, k), texts.facts.scale.data() + p * 32,
                         texts.facts.offset.data() + p * 32};
          mgan::kernels::detail::LoopTiles<Format> tiles;
          mgan::kernels::detail::multiply_steps(
              tiles, in, {c.data() + (p - block.first_panel) * 32 * next_word + k * lanes, next_word});
        }
      check("tiles in plain C++");
      if (!here) continue;
      std::fill(c.begin(), c.end(), NAN);
      multiply_block<amx>(images, g, texts, block, c.data());
      check("tiles of the machine");
    }
}

}  // namespace

TEST_CASE("Products in bf16 and int8 are those of plain loops, to the bit, on every target", "[kernels]") {
  for (const std::int64_t D : {1, 2, 3, 7, 64, 301}) {
    const Sides sides(static_cast<std::uint64_t>(D), 19, 3, 7, 5, D);
    check_products<Bf16>(sides);
    check_products<Int8>(sides);
  }
}

TEST_CASE("Matrix tiles have the products of plain loops, to the bit, with units left over and not", "[kernels]") {
  for (const std::int64_t D : {1, 3, 32, 64, 70, 301}) {
    const Sides sides(static_cast<std::uint64_t>(D), 19, 3, 9, 5, D);
    check_tiles<Bf16, Target::amx_bf16>(sides);
    check_tiles<Int8, Target::amx_int8>(sides);
  }
  if (!machine_has(Target::amx_bf16)) WARN("this machine has no matrix tiles: not run on them");
}

TEST_CASE("int8 products of the largest rows do not overflow, and have their signs", "[kernels]") {
  Sides sides(1, 2, 1, 2, 1, Int8::widest);
  for (std::size_t d = 0; d < sides.rows[0].size(); ++d) {
    sides.rows[0][d] = sides.words[0][d] = 1;
    sides.rows[1][d] = sides.words[1][d] = -1;
  }
  check_products<Int8>(sides);
  CHECK(product(Int8{}, sides.rows[0], sides.words[1]) < -65535.0f);
  CHECK_THROWS_WITH(pack_images<Int8>(image_rows(sides.rows[0].data(), 1, 1, Int8::widest + 1)),
                    "int8 products: width 65537, at most 65536");
}
TEST_CASE("Rounding to bf16: ties to even, zeros, the smallest and what is no number", "[kernels]") {
  const auto rounded = [](float x) { return Bf16::value(Bf16::rounded(x)); };
  CHECK(rounded(1 + 0x1p-8f) == 1.0f);  // between 1 and 1 + 2^-7: the even one
  CHECK(rounded(1 + 0x3p-8f) == 1 + 0x2p-7f);
  CHECK(rounded(1 + 0x1p-8f + 0x1p-20f) == 1 + 0x1p-7f);
  CHECK(rounded(-0.1f) == -rounded(0.1f));
  CHECK(rounded(0x1p-50f) == 0x1p-50f);
  CHECK(rounded(0x1.8p-51f) == 0.0f);
  CHECK(std::isnan(rounded(NAN)));
  CHECK(std::isinf(rounded(INFINITY)));
}
