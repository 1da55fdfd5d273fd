// One training step of the whole matcher as `mgan train` takes it, in a process of its own that is told by lines of
// JSON what to do; benchmarks/python/peer_step.py answers the same requests.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/from_file.h>
#include <ATen/ops/full.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

#include <iostream>
#include <optional>

#include "machine.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/fused/torch.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/matching_loss.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "mgan/model/swap.hpp"
#include "mgan/train/adam.hpp"
#include "mgan/train/autocast.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/keep_heap.hpp"
#include "operators.hpp"
#include "probe.hpp"
#include "step_sizes.hpp"

namespace bench {

/// Wall and processor time, system time and page faults of this process so far.
struct Usage {
  double wall, cpu, system, faults;

  static Usage now() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    const auto s = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return {bench::now(), s(r.ru_utime) + s(r.ru_stime), s(r.ru_stime), static_cast<double>(r.ru_minflt)};
  }
};

/// What is trained: the matcher, and where that is asked for the last layer of BERT before it.
struct StepModel {
  using Matcher = decltype(mgan::with_patch_alignment(mgan::make_matcher<at::Tensor>({}), mgan::FusedPatchAlignment{}));
  std::vector<mgan::encoders::TextLayer> tuned;  // one or none
  Matcher matcher;

  static StepModel create(const StepSizes& z, bool tuned) {
    auto matcher = mgan::make_matcher<at::Tensor>({.region_width = z.region_width,
                                                   .patch_width = z.patch_width,
                                                   .word_width = z.word_width,
                                                   .width = z.width,
                                                   .n_views = z.views,
                                                   .k = z.k,
                                                   .max_words = z.words,
                                                   .heads = z.heads});
    matcher.selector.perturbed.draws = z.draws;
    const mgan::FusedPatchAlignment fused{matcher.patch_alignment};
    StepModel model{{}, mgan::with_patch_alignment(std::move(matcher), fused)};
    if (tuned)
      model.tuned = mgan::encoders::TextTransformer::create({.vocabulary = 1,
                                                             .hidden_size = z.word_width,
                                                             .intermediate_size = z.layer_hidden,
                                                             .layers = 1,
                                                             .heads = z.layer_heads})
                        .layers;
    return model;
  }
  StepModel to(at::Device device) && {
    mgan::visit_parameters(*this, [&](const std::string&, at::Tensor& w) { w = w.to(device); });
    return std::move(*this);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("tuned", self.tuned);
    f("matcher", self.matcher);
  }
};

class StepContestant {
 public:
  using Json = mgan::io::Json;

  /// {"folder", "sizes", "weights": [{"name", "shape"}], "bf16", "tuned", "threads", "keep_heap", "device"}
  explicit StepContestant(const Json& r)
      : sizes_(StepSizes::of(r.at("sizes"))),
        device_(r.at("device").get<std::string>()),
        bf16_(r.at("bf16")),
        folder_(r.at("folder").get<std::string>()),
        model_(StepModel::create(sizes_, r.at("tuned")).to(device_)),
        weights_(mgan::named_parameters(model_)),
        adam_({}) {
    at::set_num_threads(r.at("threads"));
    const StepSizes& z = sizes_;
    regions_ = file("regions", {z.batch, z.regions, z.region_width});
    boxes_ = file("boxes", {z.batch, z.regions, 4});
    image_sizes_ = file("sizes", {z.batch, 2});
    tokens_ = file("tokens", {z.batch, 1 + z.patches, z.patch_width});
    words_ = file("words", {z.batch, 1 + z.words, z.word_width});
    lengths_ = file("lengths", {z.batch}).to(at::kLong);
    for (auto& [name, weight] : weights_) {
      weight.copy_(file("weight." + name, weight.sizes()));
      weight.requires_grad_(true);
    }
    adam_ = mgan::train::Adam(weights_, {.learning_rate = 1e-4});
  }

  Json step(std::uint64_t seed) {
    const Usage before = Usage::now();
    at::Generator selector = generator(seed);
    mgan::train::zero_gradients(weights_);
    const at::Tensor loss = loss_with(selector);
    const Usage forward = Usage::now();
    loss.backward();
    const Usage backward = Usage::now();
    mgan::train::clip_gradients(weights_, 2.0, 0);
    adam_.step();
    const double value = loss.item<double>();
    const Usage after = Usage::now();
    return {{"seconds", after.wall - before.wall},     {"cpu", after.cpu - before.cpu},
            {"system", after.system - before.system},  {"faults", after.faults - before.faults},
            {"forward", forward.wall - before.wall},   {"backward", backward.wall - forward.wall},
            {"optimiser", after.wall - backward.wall}, {"loss", value}};
  }

  /// The peak of memory since it was reset, in MB: of the process, or of LibTorch's allocator on a GPU.
  void reset_peak() const {
    if (device_.is_cpu()) bench::reset_peak();
    else c10::getDeviceAllocator(device_.type())->resetPeakStats(0);
  }
  double peak() const {
    if (device_.is_cpu()) return memory("VmHWM");
    return static_cast<double>(c10::getDeviceAllocator(device_.type())->getDeviceStats(0).allocated_bytes[0].peak) /
           1e6;
  }

  /// The gradients of the last step, clipped, as files `gradient.WHO.NAME`.
  void write_gradients(const std::string& who) const {
    for (const auto& [name, weight] : weights_) {
      const at::Tensor g = weight.grad().cpu().contiguous();
      write_floats(folder_ / ("gradient." + who + "." + name),
                   {g.const_data_ptr<float>(), g.const_data_ptr<float>() + g.numel()});
    }
  }

 private:
  at::Tensor loss_with(at::Generator& selector) const {
    // As the program's Model: regions are a padded batch, whatever their number.
    const at::Tensor counts = at::full({sizes_.batch}, sizes_.regions, at::kLong).to(device_);
    const mgan::ImageFeatures<at::Tensor, mgan::Masked<at::Tensor>> images{mgan::ragged(regions_, counts, "regions"),
                                                                           boxes_, image_sizes_, tokens_};
    const auto [image, text] = [&] {
      const mgan::train::Autocast half(device_.type(), bf16_);
      at::Tensor states = words_;
      for (const auto& layer : model_.tuned) states = mgan::encoders::with_mask(layer, states, lengths_).to(at::kFloat);
      return std::pair{model_.matcher.prepare_image(images, mgan::Training{selector}),
                       model_.matcher.prepare_text(mgan::ragged(states, lengths_, "captions"))};
    }();
    const at::Tensor scores = mgan::score_all(model_.matcher, image, text);  // (B, B)
    const at::Tensor diversity = mgan::DiversityRegularization{}(image.region.assignment_logits).sum();
    return mgan::LossBalance::camera()(mgan::TripletRankingLoss{}(scores), diversity);
  }
  at::Tensor file(const std::string& name, at::IntArrayRef shape) const {
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    return at::from_file((folder_ / name).string(), false, count, at::kFloat).view(shape).clone().to(device_);
  }
  at::Generator generator(std::uint64_t seed) const {
    if (device_.is_cpu()) return at::detail::createCPUGenerator(seed);
    at::Generator own =
        at::globalContext().getAcceleratorHooksInterface(device_.type()).getNewGenerator(device_.index());
    own.set_current_seed(seed);
    return own;
  }

  StepSizes sizes_;
  at::Device device_;
  bool bf16_;
  std::filesystem::path folder_;
  StepModel model_;
  mgan::NamedTensors weights_;
  mgan::train::Adam adam_;
  at::Tensor regions_, boxes_, image_sizes_, tokens_, words_, lengths_;
};

/// Answers requests until its input ends.
inline int serve_steps() {
  using Json = mgan::io::Json;
  std::optional<StepContestant> contestant;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer = Json::object();
    try {
      const Json r = mgan::io::parse_json(line, "a request");
      const std::string what = r.at("do");
      if (what == "load") {
        if (r.at("keep_heap").get<bool>()) mgan::train::keep_heap();
        contestant.emplace(r);
      } else if (what == "step") {
        answer = contestant->step(r.at("seed"));
      } else if (what == "gradients") {
        contestant->write_gradients(r.at("who"));
      } else if (what == "reset_peak") {
        contestant->reset_peak();
      } else if (what == "peak") {
        answer["MB"] = contestant->peak();
      }
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

}  // namespace bench
