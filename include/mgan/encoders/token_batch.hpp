// Captions as a text encoder takes them: ids padded to the longest, with lengths.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"

namespace mgan::encoders {

/// ids (T, n) and lengths (T), int64.
struct TokenBatch {
  at::Tensor ids, lengths;
};

/// Ids of T captions ([CLS] and [SEP] included, and counted, where the encoder wants them). An empty caption is an
/// error that names it.
inline TokenBatch token_batch(const std::vector<std::vector<std::int64_t>>& captions, std::int64_t padding_id = 0) {
  std::size_t longest = 0;
  for (const auto& caption : captions) longest = std::max(longest, caption.size());
  const auto texts = static_cast<std::int64_t>(captions.size());
  TokenBatch batch{at::empty({texts, static_cast<std::int64_t>(longest)}, at::kLong), at::empty({texts}, at::kLong)};
  auto* row = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* length = batch.lengths.mutable_data_ptr<std::int64_t>();
  for (std::size_t t = 0; t < captions.size(); ++t, row += longest) {
    require(!captions[t].empty(), "token_batch: caption ", t, " of ", texts, " has no tokens");
    std::fill(std::copy(captions[t].begin(), captions[t].end(), row), row + longest, padding_id);
    length[t] = static_cast<std::int64_t>(captions[t].size());
  }
  return batch;
}

}  // namespace mgan::encoders
