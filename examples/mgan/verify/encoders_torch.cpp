// clip/ and bert/: published folders against a run in double precision, values and gradients.
#include <ATen/TensorOperators.h>

#include <cmath>
#include <cstdio>
#include <map>

#include "case_file.hpp"
#include "encoders.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/testing/tolerance.hpp"
#include "mgan/train/parameters.hpp"

namespace verify {

namespace {

using namespace mgan::encoders;
using mgan::HostArray;
using Outputs = std::map<std::string, at::Tensor>;

using mgan::Compared;
using mgan::Tolerance;
const Tolerance in_double = mgan::tolerance(Compared::values, "F64"),
                in_single = mgan::tolerance(Compared::values, "F32"),
                of_gradients = mgan::tolerance(Compared::gradients, "F64");

/// The largest |a - b|; an error where one is over its tolerance. `real` may switch rows (all axes but the last) off.
double compare(const Case& c, const std::string& name, const HostArray& a, Tolerance tolerance,
               const std::vector<std::int64_t>& real = {}) {
  const HostArray& b = c.numbers(name);
  mgan::require(a.shape == b.shape, c.file, ": ", name, ": is ", a.shape, ", expected ", b.shape);
  double worst = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    if (!real.empty() && real[i / static_cast<std::size_t>(a.shape.back())] == 0) continue;
    const double off = std::abs(a.values[i] - b.values[i]);
    mgan::require(off <= tolerance.allowed(b.values[i]), c.file, ": ", name, " ",
                  mgan::position(static_cast<std::int64_t>(i), a.shape), " is ", a.values[i], ", expected ",
                  b.values[i]);
    worst = std::max(worst, off);
  }
  return worst;
}

double compare_outputs(const Case& c, const Outputs& outputs, Tolerance tolerance,
                       const std::vector<std::int64_t>& real = {}) {
  double worst = 0;
  for (const auto& [name, numbers] : c.tensors) {
    if (name.rfind("expect.", 0) != 0) continue;
    const auto found = outputs.find(name.substr(7));
    mgan::require(found != outputs.end(), c.file, ": ", name, ": the model has no such output");
    worst = std::max(worst, compare(c, name, mgan::to_host(found->second), tolerance, real));
  }
  return worst;
}

/// Gradients of sum over outputs of sum(cotangent * output) for every grad.param.* of the case; -1 without any.
template <class M, class Run>
double compare_gradients(const Case& c, M& model, Run&& run) {
  double worst = -1;
  const at::AutoGradMode with_gradients(true);
  auto weights = mgan::train::named_parameters(model);
  for (auto& [name, weight] : weights) weight.requires_grad_(c.has("grad.param." + name));
  bool asked = false;
  for (const auto& [name, numbers] : c.tensors) asked = asked || name.rfind("cotangent.", 0) == 0;
  if (!asked) return worst;
  const Outputs outputs = run();
  at::Tensor total;
  for (const auto& [name, output] : outputs) {
    if (!c.has("cotangent." + name)) continue;
    const auto part = (mgan::torch_ops::from_host(c.numbers("cotangent." + name)) * output).sum();
    total = total.defined() ? total + part : part;
  }
  mgan::require(total.defined(), c.file, ": a cotangent belongs to no output");
  total.backward();
  for (auto& [name, weight] : weights)
    if (c.has("grad.param." + name))
      worst = std::max(worst, compare(c, "grad.param." + name, mgan::to_host(weight.grad()), of_gradients));
  return worst;
}

/// The format's tolerance in single precision; or the case's own, for real weights, whose activations are large.
Tolerance single_of(const Case& c) {
  if (!c.config.contains("single_absolute")) return in_single;
  return {c.number("single_absolute", 0), 0};
}

std::string summary(const Case& c, double in_f64, double gradient, double in_f32) {
  char text[160], grad[32] = "-";
  if (gradient >= 0) std::snprintf(grad, sizeof grad, "%.1e", gradient);
  const int length =
      std::snprintf(text, sizeof text, "f64 value %.1e  gradient %s  f32 value %.1e", in_f64, grad, in_f32);
  if (c.config.contains("largest_activation")) {
    const double largest = c.number("largest_activation", 1);
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length),
                  ", %.1e of the largest activation, %.3g", in_f32 / largest, largest);
  }
  return text;
}

at::Tensor input(const Case& c, const char* name, at::ScalarType type) {
  return mgan::torch_ops::from_host(c.at(std::string("input.") + name)).to(type);
}

Outputs run_vision(const PublishedVision& vision, const at::Tensor& pictures) {
  const at::Tensor raw = vision.model(pictures);
  const at::Tensor tokens = vision.model.post_layernorm(raw);  // (I, 1+M, d)
  Outputs outputs{{"last_hidden_state", vision.model.config.pre_layernorm ? raw : tokens},
                  {"pooler_output", tokens.select(1, 0)},
                  {"tokens_post_layernorm", tokens}};
  if (vision.visual_projection.defined()) outputs["image_embeds"] = vision.image_embeddings(tokens);
  return outputs;
}

std::string check_vision(const Case& c, const fs::path& folder) {
  const auto load = [&](at::ScalarType type) {
    PublishedVision vision = load_vision(folder, type);
    vision.model.config.post_layernorm = PostLayerNorm::none;  // applied by run_vision
    return vision;
  };
  PublishedVision exact = load(at::kDouble);
  const at::NoGradGuard no_grad;
  const at::Tensor pictures = input(c, "pixel_values", at::kDouble);
  const double in_f64 = compare_outputs(c, run_vision(exact, pictures), in_double);
  const double gradient = compare_gradients(c, exact.model, [&] { return run_vision(exact, pictures); });
  return summary(c, in_f64, gradient,
                 compare_outputs(c, run_vision(load(at::kFloat), pictures.to(at::kFloat)), single_of(c)));
}

std::string check_text(const Case& c, const fs::path& folder) {
  const at::Tensor ids = input(c, "input_ids", at::kLong), real = input(c, "attention_mask", at::kLong);
  const at::Tensor types = c.has("input.token_type_ids") ? input(c, "token_type_ids", at::kLong) : at::Tensor();
  const at::Tensor lengths = real.sum(1);
  const at::NoGradGuard no_grad;
  const std::vector<std::int64_t> rows = c.integers("input.attention_mask");
  for (std::int64_t t = 0; t < ids.size(0); ++t)
    for (std::int64_t i = 0; i < ids.size(1); ++i)
      mgan::require((real[t][i].item<std::int64_t>() == 1) == (i < lengths[t].item<std::int64_t>()), c.file,
                    ": attention_mask of row ", t, " has a gap, expected leading ones");
  PublishedText exact = load_text(folder, at::kDouble);
  const auto run = [&](const PublishedText& text) {
    return Outputs{{"last_hidden_state", text.model(ids, lengths, types)}};
  };
  const double in_f64 = compare_outputs(c, run(exact), in_double, rows);
  const double gradient = compare_gradients(c, exact.model, [&] { return run(exact); });
  std::string said = summary(c, in_f64, gradient, compare_outputs(c, run(load_text(folder)), single_of(c), rows));
  if (ids.size(1) == exact.model.config.positions) {
    bool refused = false;
    try {
      exact.model(at::zeros({1, ids.size(1) + 1}, at::kLong), at::zeros({1}, at::kLong).add(ids.size(1) + 1));
    } catch (const mgan::Error&) {
      refused = true;
    }
    mgan::require(refused, c.file, ": ", ids.size(1) + 1, " ids were accepted, there are ", ids.size(1), " positions");
    said += ", one id more is refused";
  }
  return said;
}

/// The option "weights": folders of weights beside the case.
std::vector<std::string> folders_of(const Case& c) {
  std::vector<std::string> folders;
  auto options = c.options();
  options.required("weights", folders);
  return folders;
}

template <class Check, class Load>
void check_folder(const fs::path& folder, const Add& add, Check&& check, Load&& load) {
  std::map<std::string, bool> compared;
  for (const fs::path& path : entries_of(folder)) {
    if (path.extension() != ".safetensors") continue;
    try {
      const Case c = read_case(path.string());
      for (const auto& name : folders_of(c)) {
        compared[name] = true;
        check_good(name_below(folder, folder / name) + " " + c.name, add, [&] { return check(c, folder / name); });
      }
    } catch (const std::exception& error) {
      add({Fixture::Status::could_not_run, name_below(folder, path), error.what()});
    }
  }
  for (const fs::path& path : entries_of(folder)) {
    const std::string name = path.filename().string();
    if (!fs::is_directory(path) || name == "bad" || compared[name]) continue;
    check_good(name_below(folder, path), add, [&] {
      load(path);
      return std::string("loads; nothing is expected of it");
    });
  }
  for (const fs::path& path : entries_of(folder / "bad"))
    check_bad(name_below(folder, path), path, add, [&] { load(path); });
}

}  // namespace

void check_clip(const fs::path& folder, const Add& add) {
  check_folder(folder, add, check_vision, [](const fs::path& path) { load_vision(path); });
}

void check_bert(const fs::path& folder, const Add& add) {
  check_folder(folder, add, check_text, [](const fs::path& path) { load_text(path); });
}

}  // namespace verify
