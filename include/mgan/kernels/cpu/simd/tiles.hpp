// Matrix tiles, AMX: whether the machine and its kernel have them, and a thread's use of them.
//
// A process has to ask the kernel (Linux 5.16) for the state of tiles before the first one; it is asked once. Where the
// processor or the kernel refuses, there are none.
#pragma once

#include <cstdint>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mgan::kernels {

#ifdef __x86_64__

namespace detail {

/// Bits 17 and 18 of XCR0: the kernel saves tiles.
[[gnu::target("xsave")]] inline bool kernel_saves_tiles() { return (_xgetbv(0) >> 17 & 3) == 3; }

/// The permission of this process, which its threads share.
inline bool may_use_tiles() {
  static const bool granted = [] {
    constexpr long request_permission = 0x1023, tile_data = 18;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 1) == 0) return false;           // xgetbv
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 24 & 1) == 0) return false;  // AMX-TILE
    return kernel_saves_tiles() && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  }();
  return granted;
}

}  // namespace detail

/// Tiles with the products of a bit of cpuid 7, EDX: 22 for bf16, 25 for int8.
inline bool has_tiles(int bit) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> bit & 1) == 1 && detail::may_use_tiles();
}

/// Eight tiles of 16 rows x 64 bytes, of the thread that made it and as long as it lives.
class TilesInUse {
 public:
  [[gnu::target("amx-tile")]] TilesInUse() {
    struct alignas(64) Shape {
      std::uint8_t palette = 1, first_row = 0, reserved[14] = {};
      std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    };
    static_assert(sizeof(Shape) == 64);
    static constexpr Shape shape;  // all 64 bytes are read, though the compiler is told of a few
    _tile_loadconfig(&shape);
  }
  [[gnu::target("amx-tile")]] ~TilesInUse() { _tile_release(); }
  TilesInUse(const TilesInUse&) = delete;
  TilesInUse& operator=(const TilesInUse&) = delete;
};

#endif

}  // namespace mgan::kernels
