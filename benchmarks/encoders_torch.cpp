// scripts/bench encoders: our transformers against the same models in eager Python torch, random weights, interleaved.
//
//     encoders_torch [--quick] [--out FILE] [--threshold X] [--rounds N]
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "support/scoring_contest.hpp"

namespace {

using bench::PythonPeer;

std::vector<float> numbers(const at::Tensor& x) {
  const at::Tensor flat = x.contiguous().view(-1);
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

/// Hands the weights of a model over by their published names.
template <class Model>
PythonPeer::Json weights(const PythonPeer& peer, const Model& model) {
  PythonPeer::Json all = PythonPeer::Json::array();
  mgan::visit_parameters(model, [&](const auto& name, const at::Tensor& w) {
    const std::string key(name);
    all.push_back({{"name", key}, {"path", peer.give(key, numbers(w))}, {"shape", w.sizes().vec()}});
  });
  return all;
}

double difference(const PythonPeer& peer, const at::Tensor& ours) {
  at::Tensor theirs = at::empty(ours.sizes(), at::kFloat);
  std::ifstream(peer.path("output"), std::ios::binary)
      .read(reinterpret_cast<char*>(theirs.mutable_data_ptr<float>()), static_cast<std::streamsize>(theirs.nbytes()));
  return ((ours - theirs).abs().max() / theirs.abs().max()).item<double>();
}

/// `inputs` a batch, pictures or captions.
template <class Run>
void contest(bench::Report& report, bench::Options& o, PythonPeer& peer, const std::string& name, double inputs,
             PythonPeer::Json request, const Run& run) {
  const at::NoGradGuard no_grad;
  request["do"] = "model";
  request["name"] = name;
  request["output"] = peer.path("output");
  request["threads"] = o.threads;
  const auto made = peer.ask(request);
  mgan::require(!made.contains("error"), "the Python peer, ", name, ": ", made.dump());
  std::printf("   %s (Python: %s): largest difference, of the largest output: %.1e\n", name.c_str(),
              made["how"].get<std::string>().c_str(), difference(peer, run()));
  const bench::Results r = bench::interleave({{"mgan", [&](int) { return bench::seconds([&] { run(); }); }},
                                              {"eager Python", [&](int) { return peer.run(name); }}},
                                             o.rounds_or(15), 1, o.probe);
  for (const char* who : {"mgan", "eager Python"})
    if (r.has(who)) {
      report.figures.push_back(
          {{"contest", name}, {"who", who}, {"seconds", r.seconds.at(who)}, {"a second", inputs / r.of(who)}});
      std::printf("   %-16s %8.1f a second\n", who, inputs / r.of(who));
    }
  report.row("throughput against eager Python torch", name, r.ratio("eager Python", "mgan"), "x", 0.95, 1.0);
}

}  // namespace

int main(int argc, char** argv) try {
  using namespace mgan::encoders;
  bench::Options o = bench::options(argc, argv);
  bench::Report report;
  bench::describe(report, o, "encoders");
  PythonPeer peer("encoders");
  if (!peer) {
    std::printf("\nnot measured: %s\n", peer.missing().c_str());
    return 0;
  }
  report.head["versions"]["torch"] = peer.versions["torch"];
  report.head["versions"]["transformers"] = peer.versions["transformers"];

  const auto vision = [&](const std::string& name, const VisionConfig& c, std::int64_t batch) {
    auto model = VisionTransformer::create(c);
    mgan::initialize(model, 1);
    const at::Tensor pictures = at::randn({batch, 3, c.image_size, c.image_size});
    contest(report, o, peer, name, static_cast<double>(batch),
            {{"kind", "vision"},
             {"weights", weights(peer, model)},
             {"heads", c.heads},
             {"layers", c.layers},
             {"patch", c.patch_size},
             {"epsilon", c.layer_norm_epsilon},
             {"clip", c.pre_layernorm},
             {"input", peer.give("input", numbers(pictures))},
             {"shape", pictures.sizes().vec()}},
            [&] { return model(pictures); });
  };
  VisionConfig clip, deit;
  deit.patch_size = 16;
  deit.hidden_size = 192;
  deit.intermediate_size = 768;
  deit.heads = 3;
  deit.layer_norm_epsilon = 1e-12;
  deit.activation = Activation::gelu;
  deit.patch_bias = true;
  deit.pre_layernorm = false;
  vision("DeiT-Tiny", deit, 8);
  vision("CLIP ViT-B/32", clip, 8);

  TextConfig mini;
  mini.hidden_size = 384;
  mini.intermediate_size = 1536;
  mini.layers = 6;
  auto bert = TextTransformer::create(mini);
  mgan::initialize(bert, 1);
  const std::int64_t captions = 32, n = 20;
  const at::Tensor ids = at::randint(1000, 30000, {captions, n}, at::kLong);
  std::vector<std::int64_t> lengths;
  for (std::int64_t t = 0; t < captions; ++t) lengths.push_back(10 + t % 11);
  const at::Tensor real = at::tensor(lengths, at::kLong);
  // What lies behind a length is meaningless on both sides: zeros there.
  const at::Tensor mask = (at::arange(n) < real.unsqueeze(1)).unsqueeze(2);
  contest(report, o, peer, "MiniLM", static_cast<double>(captions),
          {{"kind", "text"},
           {"weights", weights(peer, bert)},
           {"heads", mini.heads},
           {"layers", mini.layers},
           {"epsilon", mini.layer_norm_epsilon},
           {"lengths", lengths},
           {"ids", std::vector<std::int64_t>(ids.const_data_ptr<std::int64_t>(),
                                             ids.const_data_ptr<std::int64_t>() + ids.numel())},
           {"shape", ids.sizes().vec()}},
          [&] { return bert(ids, real) * mask; });
  report.print();
  if (!o.out.empty()) report.write(o.out);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
