// Lists of ids as places in a split: what they mean, and whether anything is missing.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/data/item_names.hpp"
#include "mgan/data/relevance_file.hpp"
#include "mgan/metrics/relevance.hpp"

namespace mgan::data {

struct ResolveOptions {
  bool listed = false;                       ///< queries without a list are not judged; else they are an error
  std::span<const std::int64_t> owner = {};  ///< (texts): a text is right for its own image too; empty: as listed
};

/// The lists as places. Errors name the query: an id that is unknown or stands twice in a list, a list without any, a
/// query without a list.
inline Relevance resolve(const NamedRelevance& named, const ItemNames& images, const ItemNames& texts,
                         const ResolveOptions& options = {}) {
  const bool images_ask = named.direction == Direction::image_to_text;
  const ItemNames &asking = images_ask ? images : texts, &answering = images_ask ? texts : images;
  std::vector<std::string> query_ids, item_ids;
  for (const NamedList& list : named.lists) {
    if (list.items.empty() && options.owner.empty())
      fail(named.where, ": query '", printable(list.query), "' has no right ", answering.what());
    query_ids.push_back(list.query);
    for (const NamedItem& item : list.items) item_ids.push_back(item.id);
  }
  const std::vector<std::int64_t> queries = asking.find(query_ids, named.where + ": queries"),
                                  items = answering.find(item_ids, named.where + ": candidates");
  Relevance::Lists lists(static_cast<std::size_t>(asking.count()));
  std::vector<bool> given(lists.size(), false);
  std::size_t next = 0;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto query = static_cast<std::size_t>(queries[q]);
    if (given[query]) fail(named.where, ": query '", printable(query_ids[q]), "' has two lists");
    given[query] = true;
    std::set<std::int64_t> once;
    for (const NamedItem& item : named.lists[q].items) {
      if (!once.insert(items[next]).second)
        fail(named.where, ": query '", printable(query_ids[q]), "': '", printable(item.id), "' stands there twice");
      lists[query].push_back({items[next++], item.gain});
    }
  }
  for (std::size_t t = 0; t < options.owner.size(); ++t) {
    const auto text = static_cast<std::int64_t>(t);
    auto& list = lists[static_cast<std::size_t>(query_of(named.direction, options.owner[t], text))];
    const std::int64_t own = candidate_of(named.direction, options.owner[t], text);
    if (std::none_of(list.begin(), list.end(), [&](const RelevantItem& item) { return item.index == own; }))
      list.push_back({own});
  }
  std::size_t without = 0, first = 0;
  for (std::size_t q = lists.size(); q-- > 0;)
    if (lists[q].empty()) ++without, first = q;
  if (without > 0 && !options.listed)
    fail(named.where, ": ", without, " of ", lists.size(), " ", asking.what(), "s have no list (first '",
         printable(asking.name(static_cast<std::int64_t>(first))),
         "'); --queries listed judges those alone that have one, --own-relevant adds an image's own texts");
  return {answering.count(), std::move(lists)};
}

}  // namespace mgan::data
