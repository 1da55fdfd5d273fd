// What the images, or the captions, of a split are called in files of others: by row, by file name, by COCO's number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"

namespace mgan::data {

/// Items 0 .. count - 1, called in one way or several.
class ItemNames {
 public:
  /// what: "image" or "text".
  ItemNames(std::string what, std::int64_t count) : what_(std::move(what)), count_(count) {}

  /// names (count). A way in which two items are called the same, or one is not called at all, is left out.
  void add(std::string way, std::vector<std::string> names) {
    require(static_cast<std::int64_t>(names.size()) == count_, what_, " names by ", way, ": ", names.size(), " for ",
            count_, " ", what_, "s");
    Way one{std::move(way), std::move(names), {}};
    for (std::size_t i = 0; i < one.names.size(); ++i)
      if (one.names[i].empty() || !one.index.emplace(one.names[i], static_cast<std::int64_t>(i)).second) return;
    ways_.push_back(std::move(one));
  }
  void add_rows() {
    std::vector<std::string> rows;
    for (std::int64_t i = 0; i < count_; ++i) rows.push_back(std::to_string(i));
    add("row", std::move(rows));
  }

  const std::string& what() const { return what_; }
  std::int64_t count() const { return count_; }
  /// In the first way: what is written.
  const std::string& name(std::int64_t item) const {
    require(!ways_.empty(), what_, "s: no way to call them in which each has its own name");
    return ways_.front().names.at(static_cast<std::size_t>(item));
  }

  /// The items that ids mean, in the one way that knows all of them. Errors, which begin with `where`: ids that no way
  /// knows; ways that know all and mean different items.
  std::vector<std::int64_t> find(const std::vector<std::string>& ids, const std::string& where) const {
    const Way* found = nullptr;
    std::size_t fewest = ids.size() + 1;
    const std::string* unknown = nullptr;
    std::vector<std::int64_t> items;
    for (const Way& way : ways_) {
      std::vector<std::int64_t> some;
      std::size_t missing = 0;
      const std::string* first = nullptr;
      for (const std::string& id : ids) {
        const auto at = way.index.find(id);
        some.push_back(at == way.index.end() ? -1 : at->second);
        if (at == way.index.end() && missing++ == 0) first = &id;
      }
      if (missing == 0 && fewest == 0) {
        const auto differ = std::mismatch(items.begin(), items.end(), some.begin()).first - items.begin();
        if (differ < static_cast<std::ptrdiff_t>(ids.size()))
          fail(where, ": its ids are ", what_, "s by ", found->way, " and also by ", way.way, ", and '",
               printable(ids[static_cast<std::size_t>(differ)]), "' means two; a file with a line for each ", what_,
               " says what they are called (--", what_, "-ids)");
      }
      if (missing < fewest) fewest = missing, unknown = first, found = &way, items = std::move(some);
    }
    require(found != nullptr, where, ": the ", what_, "s have no names");
    if (fewest > 0)
      fail(where, ": '", printable(*unknown), "' is no ", what_, " of the ", count_, ", which are known by ", ways(),
           "; ", fewest, " of ", ids.size(), " ids are unknown by ", found->way);
    return items;
  }

 private:
  struct Way {
    std::string way;
    std::vector<std::string> names;
    std::unordered_map<std::string, std::int64_t> index;
  };
  std::string ways() const {
    std::string list;
    for (const Way& way : ways_) list += (list.empty() ? "" : ", ") + way.way;
    return list;
  }

  std::string what_;
  std::int64_t count_;
  std::vector<Way> ways_;
};

}  // namespace mgan::data
