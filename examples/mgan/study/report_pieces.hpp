// The pieces of the report, as HTML.
#pragma once

#include <cstdint>
#include <string>

#include "gallery.hpp"
#include "result.hpp"

namespace program {

inline std::string whole(std::int64_t n) { return std::to_string(n); }
/// "2 threads".
inline std::string threads_text(const StudyResult& result) {
  return whole(result.machine.threads) + (result.machine.threads == 1 ? " thread" : " threads");
}
/// A short line in the style of a variant.
std::string line_key(std::size_t style);

/// Recalls of all variants; where the study asks for it beside the paper's.
std::string variants_table(const StudyResult& result);
/// Every run on its own, where there are several of a variant.
std::string seeds_table(const StudyResult& result);
/// Any two runs: the difference of their RSum and where it lies.
std::string pairs_table(const StudyResult& result);
/// What the modules of a comparison cost.
std::string cost_table(const StudyResult& result);
/// The first run with scores left out.
std::string post_hoc_table(const StudyResult& result);
/// Why the paper's figures are another matter, or that they are not.
std::string paper_note(const StudyResult& result);

/// Loss and RSum over the runs.
std::string charts(const StudyResult& result);
/// Data, sizes, recipe, times, machine, and the command that repeats it.
std::string what_was_run(const StudyResult& result);
/// Queries with what was found; `noun`: "scenes" or "images"; `model`: "the full model".
std::string gallery_html(const Gallery& gallery, const std::string& noun, const std::string& model);

}  // namespace program
