// Train with LibTorch, save, and check the scores in double precision with Eigen.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "mgan/backend/eigen.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/io/parameters.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/matching_loss.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "mgan/train/fit.hpp"

constexpr mgan::MatcherSizes sizes{
    .region_width = 20, .patch_width = 12, .word_width = 10, .width = 32, .n_views = 4, .k = 5, .max_words = 8};

struct Pairs {
  mgan::ImageFeatures<at::Tensor> images;
  mgan::Masked<at::Tensor> captions;
};
struct Same {  // a source of batches: the same one, once an epoch
  Pairs pairs;
  std::int64_t steps() const { return 1; }
  const Pairs& batch(std::int64_t, std::int64_t) const { return pairs; }
};
struct PrintLoss {  // a callback
  void step_taken(const mgan::train::Run& run, const mgan::train::StepResult& result) const {
    std::printf("step %d  loss %.2f\n", static_cast<int>(run.state.step), result.loss);
  }
};

// A sample of a LibTorch batch as an Eigen matrix.
Eigen::MatrixXd to_eigen(const at::Tensor& x) { return mgan::tensor_like(Eigen::MatrixXd{}, mgan::to_host(x)); }

int main() {
  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/1);
  const auto encoder = [&](at::IntArrayRef shape) { return at::randn(shape, generator); };  // stands for one

  // 8 images of 3 regions and 9 patches, and a caption of 3 to 6 words for each.
  const at::Tensor box = at::tensor({8.0F, 8.0F, 24.0F, 40.0F}), image_size = at::tensor({64.0F, 48.0F});
  const mgan::ImageFeatures<at::Tensor> images{.features = encoder({8, 3, 20}),
                                               .boxes = box.expand({8, 3, 4}),
                                               .image_sizes = image_size.expand({8, 2}),
                                               .tokens = encoder({8, 1 + 9, 12})};
  const at::Tensor lengths = at::tensor({4, 7, 5, 6, 7, 4, 5, 6});  // [CLS] and the words
  const mgan::Masked<at::Tensor> captions = mgan::ragged(encoder({8, 1 + 6, 10}), lengths);

  auto matcher = mgan::make_matcher<at::Tensor>(sizes);
  mgan::initialize(matcher, /*seed=*/1);
  const mgan::TripletRankingLoss ranking;  // the hardest negatives, margin 0.2
  const mgan::DiversityRegularization diversity;
  auto with_loss = mgan::train::with_loss(matcher, [&](const Pairs& batch, const mgan::train::Step&) {
    const auto image = mgan::prepare_images(matcher, batch.images, mgan::Training{generator});
    const auto text = mgan::prepare_texts(matcher, batch.captions);
    const at::Tensor scores = mgan::score_all(matcher, image, text);  // (8, 8)
    const at::Tensor spread = diversity(image.region.assignment_logits).sum();
    return mgan::train::Loss{mgan::LossBalance::camera()(ranking(scores), spread)};
  });
  mgan::train::fit(with_loss, Same{{images, captions}}, {.epochs = 5, .adam = {.learning_rate = 1e-3}}, PrintLoss{});

  const auto file = std::filesystem::temp_directory_path() / "03_torch_training_step.safetensors";
  mgan::save(matcher, file);
  auto twin = mgan::make_matcher<Eigen::MatrixXd>(sizes);
  mgan::load(twin, file);
  std::filesystem::remove(file);

  std::vector<mgan::ImageFeatures<Eigen::MatrixXd>> eigen_images;
  std::vector<Eigen::MatrixXd> eigen_captions;
  for (std::int64_t i = 0; i < 8; ++i) {
    eigen_images.push_back(
        {to_eigen(images.features[i]), to_eigen(images.boxes[i]), Eigen::Vector2d{64, 48}, to_eigen(images.tokens[i])});
    eigen_captions.push_back(to_eigen(captions.values[i].narrow(0, 0, lengths[i].item<std::int64_t>())));
  }
  const Eigen::MatrixXd in_double = mgan::all_pairs(twin, eigen_images, eigen_captions);   // (8, 8)
  const Eigen::MatrixXd in_single = to_eigen(mgan::all_pairs(matcher, images, captions));  // (8, 8)
  const double difference = (in_double - in_single).cwiseAbs().maxCoeff();
  std::printf("8 x 8 scores, LibTorch in float against Eigen in double: %s 1e-5 apart\n",
              difference < 1e-5 ? "less than" : "MORE THAN");
}
