// Ranked lists and right answers as TREC's tools read them (trec_eval):
//
//     run      query Q0 candidate rank score tag        a line a candidate, best first
//     qrels    query 0 candidate grade
//
// The order of a run is that of its scores; ranks have to agree. Ids are without blanks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mgan/data/item_names.hpp"
#include "mgan/data/relevance_file.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/metrics/relevance.hpp"
#include "mgan/metrics/streaming_top_k.hpp"

namespace mgan::data {

/// A run: for each query the ids of its candidates, best first.
struct NamedRun {
  std::string path;
  struct Candidate {
    std::string id;
    double score = 0;
    std::int64_t rank = 0;
    std::size_t line = 0;
  };
  struct List {
    std::string query;
    std::vector<Candidate> candidates;
  };
  std::vector<List> lists;
};

/// Errors name the line: other than six fields, a candidate twice for a query, a score that is no number, ranks in
/// another order than the scores.
inline NamedRun read_run(const std::filesystem::path& path) {
  NamedRun run{path.string(), {}};
  std::unordered_map<std::string, std::size_t> list_of;
  each_line(path, [&](std::string_view line, std::size_t number) {
    const std::string where = run.path + ": line " + std::to_string(number);
    const std::vector<std::string_view> fields = blank_fields(line);
    require(fields.size() == 6, where, ": ", fields.size(),
            " fields, expected query, Q0, candidate, rank, score and tag");
    const auto [at, added] = list_of.emplace(std::string(fields[0]), run.lists.size());
    if (added) run.lists.push_back({std::string(fields[0]), {}});
    run.lists[at->second].candidates.push_back(
        {std::string(fields[2]), detail::number_field(fields[4], where, "the score"),
         static_cast<std::int64_t>(detail::number_field(fields[3], where, "the rank")), number});
  });
  for (NamedRun::List& list : run.lists) {
    auto& all = list.candidates;
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
    std::unordered_set<std::string_view> once;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!once.insert(all[i].id).second)
        fail(run.path, ": line ", all[i].line, ": '", printable(all[i].id), "' stands twice for query '",
             printable(list.query), "'");
      if (i > 0 && all[i].score > all[i - 1].score)
        fail(run.path, ": line ", all[i].line, ": rank ", all[i].rank, " has a better score than rank ",
             all[i - 1].rank, ": larger scores have to be better");
    }
  }
  return run;
}

namespace detail {

inline const std::string& trec_name(const ItemNames& names, std::int64_t item) {
  const std::string& name = names.name(item);
  if (name.find_first_of(" \t\r\n") != std::string::npos)
    fail("a TREC file cannot hold the ", names.what(), " id '", printable(name), "', which has a blank; a file with a ",
         "line for each says others (--", names.what(), "-ids)");
  return name;
}

}  // namespace detail

/// best.of(query), best first, as many as were kept.
template <std::floating_point S>
void write_run(const std::filesystem::path& path, const ItemNames& queries, const ItemNames& candidates,
               const TopK<S>& best, const std::string& tag = "mgan") {
  io::AtomicFile file(path);
  for (std::int64_t q = 0; q < best.queries(); ++q) {
    std::string text;
    std::int64_t rank = 0;
    for (const Found<S>& found : best.of(q)) {
      char score[40];  // as many digits as bring the number back
      std::snprintf(score, sizeof score, sizeof(S) == 4 ? "%.9g" : "%.17g", static_cast<double>(found.score));
      text += detail::trec_name(queries, q) + " Q0 " + detail::trec_name(candidates, found.index) + " " +
              std::to_string(++rank) + " " + score + " " + tag + "\n";
    }
    file.write(text);
  }
  file.commit();
}

/// The right candidates, grades being the gains, which have to be whole numbers for trec_eval.
inline void write_qrels(const std::filesystem::path& path, const ItemNames& queries, const ItemNames& candidates,
                        const Relevance& relevance) {
  io::AtomicFile file(path);
  for (std::int64_t q = 0; q < relevance.queries(); ++q) {
    std::string text;
    for (const RelevantItem& item : relevance.of(q)) {
      char grade[40];
      std::snprintf(grade, sizeof grade, "%.17g", item.gain);
      text += detail::trec_name(queries, q) + " 0 " + detail::trec_name(candidates, item.index) + " " + grade + "\n";
    }
    file.write(text);
  }
  file.commit();
}

}  // namespace mgan::data
