// A vocabulary as a tree of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace mgan::text {

/// Pieces by their bytes: the longest one that a text begins with, found in one walk.
class PieceTrie {
 public:
  static constexpr std::uint32_t root = 0, nowhere = std::numeric_limits<std::uint32_t>::max();

  static constexpr std::uint32_t most_nodes = 1u << 24;

  PieceTrie() : slots_(1024), ids_{-1} {}

  /// Of equal pieces the last one counts. False when the tree would have more than `most_nodes`; it is of no use then.
  bool insert(std::string_view piece, std::int64_t id) {
    std::uint32_t node = root;
    for (const char byte : piece) {
      const std::uint32_t next = child(node, byte);
      if (next == nowhere && ids_.size() == most_nodes) return false;
      node = next != nowhere ? next : grow(node, byte);
    }
    ids_[node] = id;
    return true;
  }

  /// The node after one more byte, or nowhere.
  std::uint32_t child(std::uint32_t node, char byte) const {
    if (node == nowhere) return nowhere;
    const std::uint32_t key = key_of(node, byte);
    for (std::size_t place = first_slot(key);; place = (place + 1) & (slots_.size() - 1)) {
      if (slots_[place].child == 0) return nowhere;
      if (slots_[place].key == key) return slots_[place].child;
    }
  }

  struct Match {
    std::int64_t id = -1;   // -1: none
    std::size_t bytes = 0;  // of the text
  };
  Match longest(std::string_view text, std::uint32_t node) const {
    Match best;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(node, text[i]);
      if (node == nowhere) break;
      if (ids_[node] >= 0) best = {ids_[node], i + 1};
    }
    return best;
  }

 private:
  struct Slot {
    std::uint32_t key = 0, child = 0;  // no child is the root, so 0 marks an empty slot
  };

  static std::uint32_t key_of(std::uint32_t node, char byte) { return node << 8 | static_cast<unsigned char>(byte); }
  std::size_t first_slot(std::uint32_t key) const {
    std::uint64_t x = (key + seed_) * 0x9E3779B97F4A7C15;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93;
    return (x >> 32) & (slots_.size() - 1);
  }
  void place(Slot slot) {
    std::size_t at = first_slot(slot.key);
    while (slots_[at].child != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  std::uint32_t grow(std::uint32_t node, char byte) {
    const auto fresh = static_cast<std::uint32_t>(ids_.size());
    if (2 * ids_.size() >= slots_.size()) {
      const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
      for (const Slot slot : old)
        if (slot.child != 0) place(slot);
    }
    place({key_of(node, byte), fresh});
    ids_.push_back(-1);
    return fresh;
  }

  // A file whose pieces meet in the slots of a known hash would make every step as long as the file.
  std::uint64_t seed_ = std::uint64_t{std::random_device{}()} << 32 | std::random_device{}();
  std::vector<Slot> slots_;        // open addressing, at most half full, a power of two
  std::vector<std::int64_t> ids_;  // of the piece that ends at a node, or -1
};

}  // namespace mgan::text
