// Answers as text, JSON and a page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explanation.hpp"
#include "result.hpp"

namespace program::search {

/// A query and its answer: a sentence, or a picture.
struct Answered {
  std::optional<Sentence> sentence;
  std::optional<PictureQuery> picture;
  Answer answer;
  std::vector<Explanation> explanations;  // one a result, for sentences

  const std::string& title() const { return sentence ? sentence->text : picture->file; }
};

std::string text_of(const Index& index, const Answered& answered);
mgan::io::Json json_of(const Index& index, const Answered& answered);
/// One file: pictures embedded, no scripts, nothing fetched.
std::string page_of(const Index& index, const std::vector<Answered>& all);

}  // namespace program::search
