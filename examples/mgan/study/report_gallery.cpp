#include <algorithm>

#include "app/report_parts.hpp"
#include "report_pieces.hpp"

namespace program {

namespace {

std::string parts_text(const Contributions& s, const char* separator) {
  return "region " + number(s.region, 2, true) + separator + "global " + number(s.global, 2, true) + separator +
         "patch " + number(s.patch, 2, true);
}

std::string found_picture(const FoundPicture& found) {
  const std::string place = std::to_string(found.place);
  return std::string("<figure") + (found.place > 3 ? " class=\"extra\"" : "") + "><img alt=\"place " + place +
         (found.correct ? ", the right picture" : "") + "\"" + (found.correct ? " class=\"right\"" : "") + " src=\"" +
         data_uri(found.picture) + "\"><figcaption><b>" + place + ". " + number(found.scores.total(), 2, true) +
         "</b>" + (found.correct ? " <span class=\"tick\">✓</span>" : "") + "<br>" + parts_text(found.scores, "<br>") +
         "</figcaption></figure>\n";
}

std::string caption_query(const CaptionQuery& query) {
  std::string out =
      "<div class=\"query\"><blockquote>“" + html(query.caption) + "”</blockquote>\n<div class=\"found\">\n";
  for (const FoundPicture& found : query.found) out += found_picture(found);
  return out + "</div></div>\n";
}

/// The grid over the picture: patches that were dropped are dark.
std::string kept_patches(const PictureQuery& query) {
  const std::string grid = std::to_string(query.grid);
  std::string off, on;
  for (std::int64_t p = 0; p < query.grid * query.grid; ++p) {
    const bool kept = std::find(query.kept.begin(), query.kept.end(), p) != query.kept.end();
    std::string& path = kept ? on : off;
    path.append("M").append(std::to_string(p % query.grid)).append(" ").append(std::to_string(p / query.grid));
    path += "h1v1h-1z";
  }
  return "<svg viewBox=\"0 0 " + grid + " " + grid + "\" aria-hidden=\"true\"><path class=\"off\" d=\"" + off +
         "\"/><path class=\"on\" d=\"" + on + "\"/></svg>";
}

std::string picture_query(const PictureQuery& query) {
  const std::string uri = data_uri(query.picture);
  std::string out = "<div class=\"query\"><div class=\"pair\"><div><img alt=\"query\" src=\"" + uri + "\"></div>";
  if (!query.kept.empty())
    out += "<div><img alt=\"patches that the selector kept\" src=\"" + uri + "\">" + kept_patches(query) + "</div>";
  out += "</div>\n<ol>\n";
  for (const FoundCaption& found : query.found) {
    out += std::string("<li") + (found.correct ? " class=\"right\"" : "") + ">" + html(found.caption) +
           (found.correct ? " <span class=\"tick\">✓</span>" : "") + "<small>" + number(found.scores.total(), 2, true) +
           " = " + parts_text(found.scores, " + ") + "</small></li>\n";
  }
  return out + "</ol></div>\n";
}

}  // namespace

std::string gallery_html(const Gallery& gallery, const std::string& noun, const std::string& model) {
  std::string out =
      "<h2>From a caption to pictures</h2>\n<p class=\"note\">The first three pictures that " + model +
      " finds among all " + noun +
      ", and the right one (framed) behind a dashed line where it is not among them. Queries are spread evenly over "
      "the " +
      noun + ", not chosen. The three weighted scores add up to the one in bold.</p>\n<div class=\"queries\">\n";
  for (const CaptionQuery& query : gallery.captions) out += caption_query(query);
  out +=
      "</div>\n<h2>From a picture to captions</h2>\n<p class=\"note\">The first five captions among all; a tick marks "
      "those of "
      "the picture. Right of each picture: the patches that the selector kept; dropped ones are dark.</p>\n"
      "<div class=\"queries\">\n";
  for (const PictureQuery& query : gallery.pictures) out += picture_query(query);
  return out + "</div>\n";
}

}  // namespace program
