#include "metrics_table.hpp"

#include <algorithm>
#include <cstdio>

namespace program {

std::string table_header(std::size_t name_width) {
  return std::string(name_width, ' ') + "   image -> text                     text -> image\n" +
         std::string(name_width, ' ') + "     R@1   R@5  R@10  med  mean       R@1   R@5  R@10  med  mean     RSum\n";
}

std::string table_row(const std::string& name, const mgan::RetrievalMetrics& m, std::size_t name_width) {
  char row[256];
  const auto& i = m.image_to_text;
  const auto& t = m.text_to_image;
  std::snprintf(row, sizeof row, "%-*s   %5.1f %5.1f %5.1f %4.0f %5.1f     %5.1f %5.1f %5.1f %4.0f %5.1f   %6.1f\n",
                static_cast<int>(name_width), name.c_str(), i.r1, i.r5, i.r10, i.median_rank, i.mean_rank, t.r1, t.r5,
                t.r10, t.median_rank, t.mean_rank, m.rsum());
  return row;
}

mgan::io::Json to_json(const mgan::RetrievalMetrics& m) {
  const auto direction = [](const mgan::Recall& r) {
    return mgan::io::Json{
        {"r1", r.r1}, {"r5", r.r5}, {"r10", r.r10}, {"median_rank", r.median_rank}, {"mean_rank", r.mean_rank}};
  };
  return {
      {"image_to_text", direction(m.image_to_text)}, {"text_to_image", direction(m.text_to_image)}, {"rsum", m.rsum()}};
}

void MetricsTable::print(std::size_t width) const {
  std::fputs(table_header(width).c_str(), stdout);
  for (const auto& [name, metrics] : rows) std::fputs(table_row(name, metrics, width).c_str(), stdout);
}

std::size_t MetricsTable::width() const {
  std::size_t longest = 0;
  for (const auto& row : rows) longest = std::max(longest, row.first.size());
  return longest;
}

mgan::io::Json MetricsTable::json() const {
  mgan::io::Json list = mgan::io::Json::array();
  for (const auto& [name, metrics] : rows) {
    list.push_back(to_json(metrics));
    list.back()["name"] = name;
  }
  return list;
}

}  // namespace program
