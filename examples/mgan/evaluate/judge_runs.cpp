// Ranked lists that other programs wrote, and the table of figures by lists of right answers.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "app/metrics_table.hpp"
#include "judge.hpp"
#include "mgan/data/resolve_relevance.hpp"
#include "mgan/data/trec.hpp"
#include "mgan/metrics/ranked_lists.hpp"

namespace program {

namespace {

using mgan::Direction;
using mgan::data::ItemNames;

/// The ids of a side, where no file says them: those that occur.
ItemNames occurring(const char* what, const std::set<std::string>& ids) {
  ItemNames names(what, static_cast<std::int64_t>(ids.size()));
  names.add("id", {ids.begin(), ids.end()});
  return names;
}

/// Queries are those of the run; candidates those that occur in it or in the lists.
SplitNames names_of(const JudgeFlags& flags, const mgan::data::NamedRun& run,
                    const mgan::data::NamedRelevance& relevance) {
  std::set<std::string> queries, candidates;
  for (const auto& list : run.lists) {
    queries.insert(list.query);
    for (const auto& one : list.candidates) candidates.insert(one.id);
  }
  for (const auto& list : relevance.lists)
    for (const auto& item : list.items) candidates.insert(item.id);
  const bool images_ask = relevance.direction == Direction::image_to_text;
  SplitNames names{occurring("image", images_ask ? queries : candidates),
                   occurring("text", images_ask ? candidates : queries)};
  if (!flags.image_ids.empty()) names.images = names_of_file(flags.image_ids, "image");
  if (!flags.text_ids.empty()) names.texts = names_of_file(flags.text_ids, "text");
  return names;
}

std::vector<std::vector<mgan::Found<double>>> places(const mgan::data::NamedRun& run, const ItemNames& asking,
                                                     const ItemNames& answering) {
  std::vector<std::string> queries, candidates;
  for (const auto& list : run.lists) {
    queries.push_back(list.query);
    for (const auto& one : list.candidates) candidates.push_back(one.id);
  }
  const auto q = asking.find(queries, run.path + ": queries"),
             c = answering.find(candidates, run.path + ": candidates");
  std::vector<std::vector<mgan::Found<double>>> lists(static_cast<std::size_t>(asking.count()));
  std::size_t next = 0;
  for (std::size_t i = 0; i < q.size(); ++i)
    for (const auto& one : run.lists[i].candidates)
      lists[static_cast<std::size_t>(q[i])].push_back({c[next++], one.score});
  return lists;
}

}  // namespace

JudgedScores judge_runs(const JudgeFlags& flags, mgan::Ties ties) {
  mgan::require(!flags.relevance.empty(), "--run needs --relevance: the right answers");
  mgan::require(
      flags.corrections.empty() && flags.write_runs.empty() && flags.write_qrels.empty() && !flags.own_relevant,
      "--run takes --relevance alone: ranked lists have no scores of all pairs");
  JudgedScores out;
  out.ndcg_at = flags.ndcg_at;
  JudgedRow& row = out.rows.emplace_back();
  std::vector<Direction> judged;
  for (const DirectedFile& file : flags.relevance) {
    for (const auto& relevance : mgan::data::read_relevance(file.path, {file.direction, flags.relevant_from})) {
      const Direction d = relevance.direction;
      const auto run_file = std::find_if(flags.runs.begin(), flags.runs.end(),
                                         [&](const DirectedFile& one) { return one.direction == d; });
      if (run_file == flags.runs.end()) continue;
      mgan::require(std::find(judged.begin(), judged.end(), d) == judged.end(), relevance.where, ": a second list of ",
                    name_of(d));
      judged.push_back(d);
      const mgan::data::NamedRun run = mgan::data::read_run(run_file->path);
      const SplitNames names = names_of(flags, run, relevance);
      const bool images_ask = d == Direction::image_to_text;
      const ItemNames& asking = images_ask ? names.images : names.texts;
      const mgan::Relevance lists =
          mgan::data::resolve(relevance, names.images, names.texts, {flags.queries == JudgedQueries::listed, {}});
      const auto ranked = places(run, asking, images_ask ? names.texts : names.images);
      for (std::int64_t q = 0; q < lists.queries(); ++q)
        if (!lists.of(q).empty() && ranked[static_cast<std::size_t>(q)].empty())
          mgan::fail(run.path, ": query '", asking.name(q), "' of ", file.path, " has no list");
      const mgan::ListedFigures found = mgan::figures_of_lists(lists, ranked, ties, flags.ndcg_at);
      row.by_lists[static_cast<std::size_t>(d)] = found.figures;
      row.name += (row.name.empty() ? "" : ", ") + run.path;
      out.lists += (out.lists.empty() ? "" : "; ") + file.path + ": " + std::to_string(lists.judged()) + " of " +
                   std::to_string(lists.queries()) + (images_ask ? " images ask" : " texts ask");
      for (const mgan::UndecidedFigure& one : found.undecided)
        out.notes.push_back(run.path + ": " + one.figure + " is not decided: " + std::to_string(one.queries) +
                            " lists are too short, first that of '" + asking.name(one.first_query) + "' with " +
                            std::to_string(one.listed) + " candidates");
    }
  }
  for (const DirectedFile& file : flags.runs)
    mgan::require(std::find(judged.begin(), judged.end(), *file.direction) != judged.end(), "--run ", file.text(),
                  ": --relevance has no ", name_of(*file.direction));
  return out;
}

namespace {

/// A number in `width` places, "-" where it is not known.
std::string cell(double x, int width, int digits) {
  char text[32];
  if (std::isnan(x)) std::snprintf(text, sizeof text, "%*s", width, "-");
  else std::snprintf(text, sizeof text, "%*.*f", width, digits, x);
  return text;
}
const char* arrow(Direction d) { return d == Direction::image_to_text ? "image -> text" : "text -> image"; }

mgan::io::Json known(double x) { return std::isnan(x) ? mgan::io::Json(nullptr) : mgan::io::Json(x); }

}  // namespace

void print(const JudgedScores& judged, std::size_t name_width) {
  std::size_t width = name_width;
  for (const JudgedRow& row : judged.rows) width = std::max(width, row.name.size());
  if (!judged.bank.empty()) {
    MetricsTable table;
    for (const JudgedRow& row : judged.rows)
      if (row.recalls) table.rows.emplace_back(row.name, *row.recalls);
    std::printf("\n%s\n", judged.bank.c_str());
    table.print(width);
  }
  if (judged.lists.empty()) return;
  std::printf("\n%s\n", judged.lists.c_str());
  const std::string ndcg = "nDCG@" + std::to_string(judged.ndcg_at);
  std::printf("%-*s                   queries   R@1   R@5  R@10  med   mean  mAP@R   R-P  %7s    MRR\n",
              static_cast<int>(width), "", ndcg.c_str());
  for (const JudgedRow& row : judged.rows) {
    for (const Direction d : mgan::directions) {
      const auto& f = row.by_lists[static_cast<std::size_t>(d)];
      if (!f) continue;
      const std::string line = cell(f->recall.r1, 6, 1) + cell(f->recall.r5, 6, 1) + cell(f->recall.r10, 6, 1) +
                               cell(f->recall.median_rank, 5, 0) + cell(f->recall.mean_rank, 7, 1) +
                               cell(f->map_at_r, 7, 1) + cell(f->r_precision, 6, 1) + cell(f->ndcg, 9, 1) +
                               cell(f->mrr, 7, 1);
      std::printf("%-*s   %s   %7lld%s\n", static_cast<int>(width), row.name.c_str(), arrow(d),
                  static_cast<long long>(f->queries), line.c_str());
    }
  }
  for (const std::string& note : judged.notes) std::printf("%s\n", note.c_str());
}

void add_json(mgan::io::Json& figures, const JudgedScores& judged) {
  if (!judged.bank.empty()) {
    figures["corrected"] = {{"bank", judged.bank}, {"results", mgan::io::Json::array()}};
    for (const JudgedRow& row : judged.rows) {
      if (!row.recalls) continue;
      mgan::io::Json one = to_json(*row.recalls);
      one["name"] = row.name;
      figures["corrected"]["results"].push_back(one);
    }
  }
  if (judged.lists.empty()) return;
  figures["relevance"] = {{"lists", judged.lists}, {"ndcg_at", judged.ndcg_at}, {"results", mgan::io::Json::array()}};
  for (const JudgedRow& row : judged.rows) {
    for (const Direction d : mgan::directions) {
      const auto& f = row.by_lists[static_cast<std::size_t>(d)];
      if (!f) continue;
      figures["relevance"]["results"].push_back({{"name", row.name},
                                                 {"direction", name_of(d)},
                                                 {"queries", f->queries},
                                                 {"r1", known(f->recall.r1)},
                                                 {"r5", known(f->recall.r5)},
                                                 {"r10", known(f->recall.r10)},
                                                 {"median_rank", known(f->recall.median_rank)},
                                                 {"mean_rank", known(f->recall.mean_rank)},
                                                 {"map_at_r", known(f->map_at_r)},
                                                 {"r_precision", known(f->r_precision)},
                                                 {"ndcg", known(f->ndcg)},
                                                 {"mrr", known(f->mrr)}});
    }
  }
  if (!judged.notes.empty()) figures["relevance"]["undecided"] = judged.notes;
}

}  // namespace program
