// Train an alignment of your own on data of your own: validate, keep the best weights, go on after a kill.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "mgan/mgan.hpp"
#include "mgan/train/training.hpp"

namespace train = mgan::train;

struct Pairs {
  at::Tensor patches, words;  // (B, 9, 16), (B, 5, 12): what your encoders give for B pictures and their captions
};

struct FindTheWord {  // the mean over words of the largest cosine with a patch
  mgan::Projection<at::Tensor> patch = mgan::Projection<at::Tensor>::create(16, 32);
  mgan::Projection<at::Tensor> word = mgan::Projection<at::Tensor>::create(12, 32);

  at::Tensor prepare_image(const at::Tensor& patches) const { return mgan::normalize(patch(patches)); }  // (..., 9, 32)
  at::Tensor prepare_text(const at::Tensor& words) const { return mgan::normalize(word(words)); }        // (..., 5, 32)
  at::Tensor score(const at::Tensor& patches, const at::Tensor& words) const {
    return mgan::mean(mgan::max(mgan::inner(words, patches)));  // (..., 5, 9) -> (...)
  }
  train::Loss loss(const Pairs& batch, const train::Step&) const {
    return {mgan::TripletRankingLoss{}(mgan::all_pairs(*this, batch.patches, batch.words))};
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("patch", self.patch);
    f("word", self.word);
  }
};

int main() {
  // 640 pairs: the words of a caption are five of the patches in another space, with noise. Read your own files here.
  at::Generator dice = at::detail::createCPUGenerator(/*seed=*/1);
  const at::Tensor other_space = at::randn({16, 12}, dice), patches = at::randn({640, 9, 16}, dice);
  const at::Tensor words = patches.narrow(1, 2, 5).matmul(other_space) + at::randn({640, 5, 12}, dice);
  const auto rows = [&](const at::Tensor& i) { return Pairs{patches.index_select(0, i), words.index_select(0, i)}; };

  FindTheWord model;
  mgan::initialize(model, /*seed=*/1);
  const auto source = train::Shuffled{512, 32, [&](const auto& which) { return rows(at::tensor(which)); }};
  const auto recalls = [&] {  // of the 128 pairs that are not trained on
    const at::Tensor scores = mgan::all_pairs(model, patches.narrow(0, 512, 128), words.narrow(0, 512, 128));
    const at::Tensor owner = at::arange(128);
    return mgan::retrieval_metrics(std::span(scores.const_data_ptr<float>(), 128 * 128), 128, 128,
                                   std::span(owner.const_data_ptr<std::int64_t>(), 128));
  };
  train::Recipe recipe{.epochs = 10, .adam = {.learning_rate = 3e-3}};
  recipe.schedule = train::WarmUp{16, train::Cosine{}};
  const auto folder = std::filesystem::temp_directory_path() / "04_torch_train_your_own";
  const train::Run run =
      train::fit(model, source, recipe, train::Resume{folder / "last.safetensors"}, train::Validate{recalls},
                 train::KeepBest{folder / "best.safetensors"}, train::SaveCheckpoint{folder / "last.safetensors"});
  std::filesystem::remove_all(folder);
  std::printf("best RSum of 128 unseen pairs: %s 400 of 600\n", run.state.best_score > 400 ? "above" : "BELOW");
}
