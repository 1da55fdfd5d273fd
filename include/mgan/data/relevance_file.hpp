// Which candidates are right for a query, as files have it. Three layouts, told apart by their first bytes:
//
//     {"image_to_text": {"57870": [787980, 789366]}, "text_to_image": {"787980": [57870]}}     JSON, one direction or
//     both
//     {"57870": [787980, 789366]}             JSON, the direction being said beside: ECCV Caption's two dictionaries
//     image,caption,agg_score,...             CSV, a rated pair a line: CxC's (sits_*.csv)
//     57870 0 787980 1                        TREC qrels: query, iteration, candidate, grade
//
// Ids are text or whole numbers. What they mean is not known here: resolve (data/resolve_relevance.hpp).
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/data/table_lines.hpp"
#include "mgan/io/json.hpp"
#include "mgan/metrics/direction.hpp"

namespace mgan::data {

/// A right candidate by its id.
struct NamedItem {
  std::string id;
  double gain = 1.0;
};
struct NamedList {
  std::string query;
  std::vector<NamedItem> items;
};
/// One direction of a file.
struct NamedRelevance {
  std::string where;  // begins messages
  Direction direction;
  std::vector<NamedList> lists;
};

struct RelevanceFileOptions {
  std::optional<Direction> direction = {};  ///< of a file that holds one and does not say which
  double from = 3.0;                        ///< of ratings: pairs with this and more are right, as CxC has it
};

namespace detail {

inline std::string id_text(const io::Json& id, const std::string& where) {
  if (id.is_number_integer()) return id.dump();
  if (!id.is_string() || id.get_ref<const std::string&>().empty())
    fail(where, ": an id is ", io::brief(id), ", expected text or a whole number");
  return id.get<std::string>();
}

inline NamedRelevance json_direction(const io::Json& object, Direction d, const std::string& where) {
  require(object.is_object() && !object.empty(), where, ": expected an object, query -> list of ids");
  NamedRelevance out{where, d, {}};
  for (const auto& [query, ids] : object.items()) {
    const std::string place = where + ": query '" + printable(query) + "'";
    if (!ids.is_array()) fail(place, " has ", io::brief(ids), ", expected a list of ids");
    NamedList& list = out.lists.emplace_back(NamedList{query, {}});
    for (const io::Json& id : ids) list.items.push_back({id_text(id, place)});
  }
  return out;
}

inline std::vector<NamedRelevance> read_json_relevance(const std::string& path, std::optional<Direction> direction) {
  const io::Json json = io::read_json(path);
  require(json.is_object() && !json.empty(), path, ": expected an object, query -> list of ids");
  std::vector<NamedRelevance> out;
  for (const Direction d : directions)
    if (json.contains(name_of(d)) && (!direction || *direction == d))
      out.push_back(json_direction(json[name_of(d)], d, path + ": " + name_of(d)));
  std::size_t named = 0;
  for (const Direction d : directions) named += json.contains(name_of(d));
  if (named > 0) {
    require(named == json.size(), path, ": has other keys beside image_to_text and text_to_image");
    require(!out.empty(), path, ": has no '", name_of(direction.value_or(Direction::image_to_text)), "'");
    return out;
  }
  require(direction.has_value(), path, ": does not say which side asks; expected the keys image_to_text and ",
          "text_to_image, or image_to_text=", path, " or text_to_image=", path);
  return {json_direction(json, *direction, path)};
}

inline double number_field(std::string_view text, const std::string& where, const char* what) {
  const std::string copy(text);
  char* end = nullptr;
  const double x = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(x))
    fail(where, ": ", what, " is '", printable(text), "', expected a number");
  return x;
}

/// Rated pairs; both directions of those that are right.
inline std::vector<NamedRelevance> read_rated_pairs(const std::string& path, const RelevanceFileOptions& options) {
  std::map<std::string, std::size_t> columns;
  std::unordered_map<std::string, std::pair<bool, std::size_t>> seen;  // of a pair: right, and its line
  std::vector<NamedRelevance> out{{path + ": image_to_text", Direction::image_to_text, {}},
                                  {path + ": text_to_image", Direction::text_to_image, {}}};
  std::unordered_map<std::string, std::size_t> list_of[2];
  each_line(path, [&](std::string_view line, std::size_t number) {
    const std::string where = path + ": line " + std::to_string(number);
    const std::vector<std::string> fields = comma_fields(line, where);
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (!columns.emplace(fields[i], i).second) fail(where, ": two columns '", printable(fields[i]), "'");
      for (const char* name : {"image", "caption", "agg_score"})
        require(columns.count(name) > 0, where, ": has no column '", name, "'; expected image, caption and agg_score");
      return;
    }
    require(fields.size() == columns.size(), where, ": ", fields.size(), " fields, the first line has ",
            columns.size());
    const std::string &image = fields[columns["image"]], &caption = fields[columns["caption"]];
    require(!image.empty() && !caption.empty(), where, ": an empty id");
    const bool right = number_field(fields[columns["agg_score"]], where, "agg_score") >= options.from;
    const auto [before, is_new] = seen.emplace(image + "\n" + caption, std::pair(right, number));
    if (!is_new) {
      require(before->second.first == right, where, ": '", printable(image), "' and '", printable(caption),
              "' are rated on line ", before->second.second, " too, on the other side of ", options.from);
      return;
    }
    if (!right) return;
    for (const Direction d : directions) {
      const std::string &query = d == Direction::image_to_text ? image : caption,
                        &item = d == Direction::image_to_text ? caption : image;
      auto& lists = out[static_cast<std::size_t>(d)].lists;
      const auto [at, added] = list_of[static_cast<std::size_t>(d)].emplace(query, lists.size());
      if (added) lists.push_back({query, {}});
      lists[at->second].items.push_back({item});
    }
  });
  require(!out[0].lists.empty(), path, ": no pair is rated ", options.from, " or more");
  if (options.direction) return {out[static_cast<std::size_t>(*options.direction)]};
  return out;
}

inline NamedRelevance read_qrels(const std::string& path, std::optional<Direction> direction) {
  require(direction.has_value(), path, ": qrels do not say which side asks; expected image_to_text=", path,
          " or text_to_image=", path);
  NamedRelevance out{path, *direction, {}};
  std::unordered_map<std::string, std::size_t> list_of;
  each_line(path, [&](std::string_view line, std::size_t number) {
    const std::string where = path + ": line " + std::to_string(number);
    const std::vector<std::string_view> fields = blank_fields(line);
    require(fields.size() == 4, where, ": ", fields.size(),
            " fields; expected query, iteration, candidate, grade (or JSON, or CSV with image, caption, agg_score)");
    const double grade = number_field(fields[3], where, "the grade");
    const auto [at, added] = list_of.emplace(std::string(fields[0]), out.lists.size());
    if (added) out.lists.push_back({std::string(fields[0]), {}});
    if (grade > 0) out.lists[at->second].items.push_back({std::string(fields[2]), grade});
  });
  return out;
}

}  // namespace detail

/// One direction, or both. Errors name the file and the place.
inline std::vector<NamedRelevance> read_relevance(const std::filesystem::path& path,
                                                  const RelevanceFileOptions& options = {}) {
  const std::string name = path.string();
  const std::string first = first_line(name);
  const std::size_t at = first.find_first_not_of(" \t");
  if (at != std::string::npos && (first[at] == '{' || first[at] == '['))
    return detail::read_json_relevance(name, options.direction);
  if (first.find(',') != std::string::npos) return detail::read_rated_pairs(name, options);
  return {detail::read_qrels(name, options.direction)};
}

}  // namespace mgan::data
