// Tiles by AMX: 32 words x 2 rows of 16 images in four tiles of sums; a step multiplies 16 units of each.
//
//     words   [unit / 16][word][unit % 16]     a tile of 16 words x 16 units
//     images  (units, 16)                      a tile of 16 units x 16 lanes, as they are packed for every target
//     C       word x lane                      a tile goes to C[word][row][16 lanes] as it is
//
// int8 is exact, and so the bits of the loop. bf16 adds the even and the odd numbers of 16 units apart, each a chain,
// then both to the sum: other bits than vdpbf16ps, as far apart as the bound of error.hpp allows. LoopTiles are the
// same in plain C++: tests hold them against loops over whole rows, and a machine with AMX against them.
#pragma once

#include <cstring>

#include "mgan/kernels/cpu/product/tile.hpp"

namespace mgan::kernels {

inline constexpr WordLayout amx_layout{.panel = 32, .depth = 16};
inline constexpr std::int64_t units_a_step = 16, units_a_tile = 16 * 16;

namespace detail {

/// Sums of 2 x 16 words against 2 rows: sum[word / 16][row], 16 words x 16 lanes each.
template <class Precision>
struct LoopTiles {
  using Sum = std::conditional_t<Precision::scaled, std::int32_t, float>;
  Sum sum[2][2][16][16] = {};

  template <int Rows>
  void steps(const TileInput<Precision, Rows>& in, std::int64_t count) {
    for (std::int64_t s = 0; s < count; ++s)
      for (std::int64_t word = 0; word < 32; ++word)
        for (int r = 0; r < Rows; ++r)
          for (std::int64_t lane = 0; lane < lanes; ++lane)
            step(in.words + (s * 32 + word) * units_a_step, in.rows[r] + s * units_a_tile + lane,
                 sum[word / 16][r][word % 16][lane]);
  }
  void store(int half, int row, Sum* to, std::int64_t next_word) const {
    for (std::int64_t word = 0; word < 16; ++word)
      std::memcpy(to + word * next_word, sum[half][row][word], sizeof sum[half][row][word]);
  }

 private:
  static void step(const std::uint32_t* word, const std::uint32_t* image, float& to) {
    float even = 0, odd = 0;
    for (std::int64_t u = 0; u < units_a_step; ++u) {
      const std::uint32_t w = word[u], x = image[u * lanes];
      even += Bf16::value(w & 0xffffu) * Bf16::value(x & 0xffffu);
      odd += Bf16::value(w >> 16) * Bf16::value(x >> 16);
    }
    to += even + odd;
  }
  static void step(const std::uint32_t* word, const std::uint32_t* image, std::int32_t& to) {
    for (std::int64_t u = 0; u < units_a_step; ++u)
      for (int b = 0; b < 4; ++b)
        to += static_cast<std::int8_t>(word[u] >> (8 * b)) *
              static_cast<std::int32_t>(image[u * lanes] >> (8 * b) & 0xffu);
  }
};

/// C of a panel. What units are left over after whole steps is filled up with zeros: what lies behind the rows may be
/// no number.
template <class Tiles, class Precision, int Rows>
void multiply_steps(Tiles& tiles, const TileInput<Precision, Rows>& in, const TileOutput& out) {
  const std::int64_t whole = in.units / units_a_step, left = in.units % units_a_step;
  tiles.template steps<Rows>(in, whole);
  if (left > 0) {
    alignas(64) std::uint32_t filled[Rows][units_a_tile] = {};
    TileInput<Precision, Rows> rest = in;
    rest.words += whole * 32 * units_a_step;
    for (int r = 0; r < Rows; ++r) {
      std::memcpy(filled[r], in.rows[r] + whole * units_a_tile, static_cast<std::size_t>(left * lanes) * 4);
      rest.rows[r] = filled[r];
    }
    tiles.template steps<Rows>(rest, 1);
  }
  for (int half = 0; half < 2; ++half)
    for (int r = 0; r < Rows; ++r) {
      float* const c = out.c + half * 16 * out.next_word + r * lanes;
      if constexpr (Precision::scaled) {
        alignas(64) std::int32_t sums[16][lanes];
        tiles.store(half, r, sums[0], lanes);
        for (std::int64_t word = 0; word < 16; ++word)
          for (std::int64_t lane = 0; lane < lanes; ++lane)
            c[word * out.next_word + lane] =
                static_cast<float>(sums[word][lane] + in.scales.offsets[half * 16 + word]) *
                (in.scales.rows[r * lanes + lane] * in.scales.words[half * 16 + word]);
      } else {
        tiles.store(half, r, c, out.next_word);
      }
    }
}

}  // namespace detail

}  // namespace mgan::kernels

#ifdef __x86_64__

namespace mgan::kernels {

namespace detail {

/// The instructions of tiles read and write memory that the compiler does not know of.
[[gnu::always_inline]] inline void memory_is_used() { __asm__ volatile("" ::: "memory"); }

/// Tiles 0..3: sums, half by half; 4, 5: words; 6, 7: rows.
struct TileSums {
  [[gnu::target("amx-tile")]] TileSums() {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  [[gnu::target("amx-tile")]] void store(int half, int row, void* to, std::int64_t next_word) const {
    const std::int64_t bytes = next_word * 4;
    memory_is_used();
    switch (2 * half + row) {
      case 0:
        _tile_stored(0, to, bytes);
        break;
      case 1:
        _tile_stored(1, to, bytes);
        break;
      case 2:
        _tile_stored(2, to, bytes);
        break;
      default:
        _tile_stored(3, to, bytes);
        break;
    }
    memory_is_used();
  }
};

template <class Precision>
struct MachineTiles : TileSums {
  template <int Rows>
  [[gnu::target("amx-tile,amx-bf16,amx-int8")]] void steps(const TileInput<Precision, Rows>& in, std::int64_t count) {
    memory_is_used();
    for (std::int64_t s = 0; s < count; ++s) {
      const std::uint32_t* const words = in.words + s * 2 * units_a_tile;
      _tile_loadd(4, words, 64);
      _tile_loadd(5, words + units_a_tile, 64);
      _tile_loadd(6, in.rows[0] + s * units_a_tile, 64);
      if constexpr (Rows == 2) _tile_loadd(7, in.rows[1] + s * units_a_tile, 64);
      if constexpr (Precision::scaled) {  // signed words, unsigned images
        _tile_dpbsud(0, 4, 6);
        _tile_dpbsud(2, 5, 6);
        if constexpr (Rows == 2) {
          _tile_dpbsud(1, 4, 7);
          _tile_dpbsud(3, 5, 7);
        }
      } else {
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (Rows == 2) {
          _tile_dpbf16ps(1, 4, 7);
          _tile_dpbf16ps(3, 5, 7);
        }
      }
    }
  }
};

template <class Precision>
struct AmxTile {
  static constexpr WordLayout layout = amx_layout;
  static constexpr int rows = 2;
  using Work = TilesInUse;

  template <int Rows>
  static void multiply(const TileInput<Precision, Rows>& in, const TileOutput& out) {
    MachineTiles<Precision> tiles;
    multiply_steps(tiles, in, out);
  }
};

}  // namespace detail

template <>
struct Tile<Bf16, Target::amx_bf16> : detail::AmxTile<Bf16> {};
template <>
struct Tile<Int8, Target::amx_int8> : detail::AmxTile<Int8> {};

}  // namespace mgan::kernels
#endif
